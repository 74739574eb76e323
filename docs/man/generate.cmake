# SPDX-License-Identifier: MIT
# cmake -DPROGRAM=cachecheck -DPROSE=DIRECTORY -DINTO=DIRECTORY -P generate.cmake
# Write INTO/man1/*.1 and INTO/cachecheck.{bash,zsh,fish}, whole or not at all.
file(REMOVE_RECURSE ${INTO})
file(MAKE_DIRECTORY ${INTO}/man1)

# generate(FILE WORD...): what `cachecheck --generate WORD...` prints.
function(generate file)
  execute_process(COMMAND ${PROGRAM} --generate ${ARGN}
    OUTPUT_FILE ${INTO}/${file} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    file(REMOVE_RECURSE ${INTO})
    message(FATAL_ERROR "cachecheck --generate ${ARGN} failed: ${status}")
  endif()
endfunction()

foreach(shell bash zsh fish)
  generate(cachecheck.${shell} ${shell})
endforeach()
execute_process(COMMAND ${PROGRAM} --generate commands OUTPUT_VARIABLE commands
  COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" commands "${commands}")
foreach(command ${commands} cachecheck)
  set(page cachecheck-${command})
  if(command STREQUAL cachecheck) # last: its page is what the build waits for
    set(page cachecheck)
  endif()
  set(prose)
  if(EXISTS ${PROSE}/${command}.man)
    set(prose ${PROSE}/${command}.man)
  endif()
  generate(man1/${page}.1 man ${command} ${prose})
endforeach()
