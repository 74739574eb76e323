# SPDX-License-Identifier: MIT
# Sourced by the guest tests, after ../cli/lib.sh: build cachecheck for a guest,
# boot Debian's kernel under QEMU's TCG with an initramfs of it, a static busybox
# and a few programs, and fetch what the steps run inside have printed.
#
#   guest_require arm64
#   guest_pack arm64 NAME=VALUE STEPS... the initramfs; init runs each STEPS.steps
#   guest_boot arm64 SECONDS [OPTION...] QEMU's options; the result of each step in $results/NAME.{out,err,status}
#
# SOURCE: the source tree; BUILD: the build tree; TESTS: its tests.
. "$TESTS/guests/paths.sh"
results=$work/results

# Programs for the guest, built static.
guest_sources=("$TESTS"/guests/fixtures/*.c "$TESTS/fixtures/numa_place.c")

# The kernel's command line: no console chatter, and a panic ends QEMU.
kernel_words="panic=-1 quiet loglevel=3 mitigations=off random.trust_cpu=on"

guest_triplet() {
    case $1 in
    arm64) echo aarch64-linux-gnu ;;
    amd64) echo x86_64-linux-gnu ;;
    esac
}

# guest_require ARCHITECTURE: skip the test, with a word, unless all it needs is here.
guest_require() {
    local tool tools="cmake cpio jq readelf base64"
    case $1 in
    arm64) tools="$tools qemu-system-aarch64 aarch64-linux-gnu-gcc" ;;
    amd64) tools="$tools qemu-system-x86_64 busybox gcc" ;;
    esac
    for tool in $tools; do
        command -v "$tool" >/dev/null || skip "no $tool; run tests/guests/install"
    done
    [ "$1" = amd64 ] || [ -e /usr/aarch64-linux-gnu/include/stdio.h ] ||
        skip "no libc for arm64; run tests/guests/install"
    [ -f "$CCK_GUESTS/$1/fetched" ] || skip "no $1 guest in $CCK_GUESTS; run tests/guests/install"
}

# guest_tree ARCHITECTURE: where build.sh, the test that comes before, puts what it builds.
guest_tree() { echo "$BUILD/guest-$1"; }

# guest_program ARCHITECTURE: the cachecheck for it. GUEST_PROGRAM: the build's own, if it has no
# sanitizers, which a guest is too slow for.
guest_program() {
    if [ "$1" = amd64 ] && [ -n "${GUEST_PROGRAM:-}" ]; then
        echo "$GUEST_PROGRAM"
    else
        echo "$(guest_tree "$1")/cli/cachecheck"
    fi
}

# guest_address PROGRAM SYMBOL: its address, as 0x...
guest_address() {
    readelf -sW "$1" | awk -v name="$2" '$8 == name { print "0x" $2; exit }'
}

# libraries_of FILE SEARCH...: the shared libraries FILE needs, all the way down,
# and its program interpreter, as paths in the SEARCH directories.
libraries_of() {
    local queue=("$1") seen=" " name dir found
    shift
    while [ ${#queue[@]} -gt 0 ]; do
        for name in $(readelf -dlW "${queue[0]}" |
            sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p; s/.*program interpreter: .*\/(.*)\]/\1/p'); do
            case $seen in *" $name "*) continue ;; esac
            seen="$seen$name "
            found=
            for dir in "$@"; do
                if [ -e "$dir/$name" ]; then
                    found=$dir/$name
                    break
                fi
            done
            if [ -z "$found" ]; then
                echo "no $name in $*; add its package to tests/guests/install" >&2
                return 1
            fi
            echo "$found"
            queue+=("$found")
        done
        queue=("${queue[@]:1}")
    done
}

# guest_pack ARCHITECTURE WORD...: makes $work/initrd. A word is NAME=VALUE, a
# variable for the steps, the /PATH of a program of this machine to take along, or the
# name of a file of steps here. All of guest_sources are in it; CROWD is the address of
# crowd's `watched`.
guest_pack() {
    local arch=$1 triplet fetched=$CCK_GUESTS/$1/root root=$work/root
    local tree word library list source programs=(cachecheck)
    triplet=$(guest_triplet "$arch")
    tree=$(guest_tree "$arch")
    shift
    mkdir -p "$root"/{bin,dev,proc,sys,tmp,etc,results} "$root/lib/$triplet"
    chmod 755 "$root"
    ln -s lib "$root/lib64"
    if [ "$arch" = arm64 ]; then
        cp "$fetched/bin/busybox" "$root/bin/"
    else
        cp "$(command -v busybox)" "$root/bin/"
    fi
    cp "$TESTS/guests/init" "$root/init"
    "$triplet-strip" -o "$root/bin/cachecheck" "$(guest_program "$arch")" || exit 1
    for source in "${guest_sources[@]}"; do cp "$tree/$(basename "$source" .c)" "$root/bin/"; done
    for word in "CROWD=$(guest_address "$tree/crowd" watched)" "$@"; do
        case $word in
        *=*) printf '%s="%s"\n' "${word%%=*}" "${word#*=}" ;;
        /*) cp -L "$word" "$root/bin/" && programs+=("$(basename "$word")") ;;
        *) cat "$TESTS/guests/$word.steps" ;;
        esac
    done >"$root/steps"
    list=$(for word in "${programs[@]}"; do
        libraries_of "$root/bin/$word" "$fetched/usr/lib/$triplet" "$fetched/lib/$triplet" \
            "/usr/$triplet/lib" "/usr/lib/$triplet" "/lib/$triplet" /lib64 || exit 1
    done) || exit 1
    for library in $list; do
        case $library in
        */ld-linux*) cp -L "$library" "$root/lib/" ;;
        *) cp -L "$library" "$root/lib/$triplet/" ;;
        esac
    done
    printf 'root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n' >"$root/etc/passwd"
    chmod +x "$root/init"
    # Not compressed: unpacking is what a guest without KVM is slow at.
    (cd "$root" && find . | cpio -o -H newc --quiet --owner 0:0) >"$work/initrd"
}

# The machine of each guest. arm64 counts instructions, and by -icount the same
# number every time; sleep=off lets an idle guest's clock jump ahead.
guest_machine() {
    case $1 in
    arm64)
        qemu=qemu-system-aarch64 console=ttyAMA0
        machine=(-machine "virt,gic-version=3" -cpu neoverse-n1 -icount "shift=3,sleep=off")
        ;;
    amd64)
        qemu=qemu-system-x86_64 console=ttyS0
        machine=(-machine q35 -cpu max)
        ;;
    esac
}

# guest_boot ARCHITECTURE SECONDS [OPTION...]: boots, at most SECONDS long, and
# unpacks the results. On failure the console's log is shown and kept in $BUILD.
guest_boot() {
    local arch=$1 limit=$2 qemu console machine kernel=$CCK_GUESTS/$1/vmlinuz log=$work/console kept status began=$SECONDS
    shift 2
    guest_machine "$arch"
    # The unpacked kernel starts by PVH, in half the time: the guest has nothing to decompress.
    [ ! -f "${kernel%/*}/vmlinux" ] || kernel=${kernel%/*}/vmlinux
    timeout -k 5 "$limit" "$qemu" -accel tcg "${machine[@]}" -m 512M "$@" \
        -nodefaults -no-user-config -display none -serial stdio -monitor none -no-reboot \
        -kernel "$kernel" -initrd "$work/initrd" \
        -append "console=$console $kernel_words" </dev/null >"$log.raw" 2>"$log.qemu"
    status=$?
    tr -d '\r' <"$log.raw" >"$log"
    mkdir -p "$results"
    if [ "$status" -eq 0 ] && grep -q '^@@end$' "$log" && sed -n '/^@@results$/,/^@@end$/p' "$log" | sed '1d;$d' | base64 -d |
        tar -xzm -C "$results" && [ -n "$(ls "$results")" ]; then
        sed -n 's/^step /# step /p' "$log"
        echo "# guest $arch: $((SECONDS - began)) s"
        return
    fi
    kept=$BUILD/guest-$arch-console.log
    cat "$log.qemu" "$log" >"$kept"
    tail -40 "$kept"
    echo "not ok - the $arch guest ended with status $status after $((SECONDS - began)) s; console in $kept"
    exit 1
}

# look NAME: makes a step's result what lib.sh's says, json, ... look at.
look() {
    if [ ! -f "$results/$1.status" ]; then
        echo "not ok - no result of step $1"
        exit 1
    fi
    cp "$results/$1.out" "$work/out"
    cp "$results/$1.err" "$work/err"
    status=$(cat "$results/$1.status")
}
