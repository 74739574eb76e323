/* SPDX-License-Identifier: MIT */
#include "core/report/flamegraph_parts.h"

/* Warm, easily told apart, and dark enough on light ground for black text (light on dark). */
const char cck_flamegraph_style[] =
    "\n.back{fill:#fff}text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#111;"
    "pointer-events:none}\n"
    ".head{font:600 17px system-ui,sans-serif}.note{font:13px system-ui,sans-serif;fill:#555}\n"
    "g[tabindex]{cursor:pointer;outline:none}g[tabindex]:hover rect,g[tabindex]:focus rect"
    "{stroke:#111;stroke-width:1.5}\n"
    ".found rect{fill:#c76be0!important}.outer rect{opacity:.5}\n"
    ".c0 rect{fill:#f6b26b}.c1 rect{fill:#f29a76}.c2 rect{fill:#f7cf6d}.c3 rect{fill:#e98f5b}\n"
    ".c4 rect{fill:#f3bd8a}.c5 rect{fill:#eaa94f}.c6 rect{fill:#f5a88f}.c7 rect{fill:#e6c068}\n"
    "@media(prefers-color-scheme:dark){.back{fill:#16181d}text{fill:#f2f2f2}.note{fill:#aab}\n"
    "g[tabindex]:hover rect,g[tabindex]:focus rect{stroke:#fff}.found "
    "rect{fill:#8b3ba5!important}\n"
    ".c0 rect{fill:#8a4f14}.c1 rect{fill:#8c3f22}.c2 rect{fill:#7d5c10}.c3 rect{fill:#86360e}\n"
    ".c4 rect{fill:#79502c}.c5 rect{fill:#875a06}.c6 rect{fill:#7f4433}.c7 rect{fill:#6e5516}}\n";

/* Click or Enter: zoom into a frame; Escape: out again; / or Ctrl-F: search; arrows: neighbours.
 * All it knows it reads from the picture. */
const char cck_flamegraph_script[] =
    "(function(){\n"
    "var W=1180,M=10,all=[].slice.call(document.querySelectorAll('#frames>g')),\n"
    "told=document.getElementById('told'),first=told.textContent,frames=all.map(function(g){\n"
    " var r=g.querySelector('rect'),t=g.querySelector('text');\n"
    " return{g:g,r:r,t:t,x:+r.getAttribute('x'),y:+r.getAttribute('y'),\n"
    "  w:+r.getAttribute('width'),name:g.querySelector('title').textContent.split('\\n')[0]};});\n"
    "function label(f,w){var n=Math.floor((w-6)/7);\n"
    " f.t.textContent=w<=21?'':f.name.length<=n?f.name:f.name.slice(0,n-1)+'\\u2026';}\n"
    "function zoom(to){var k=to?W/to.w:1,o=to?to.x:M;frames.forEach(function(f){\n"
    " var a=(f.x-o)*k+M,b=a+f.w*k,outer=to&&f.y>to.y&&f.x<=to.x+.01&&f.x+f.w>=to.x+to.w-.01,\n"
    " shown=b>M+.01&&a<M+W-.01&&(!to||f.y<=to.y||outer);\n"
    " f.g.style.display=shown?'':'none';f.g.classList.toggle('outer',!!outer);\n"
    " a=Math.max(a,M);b=Math.min(b,M+W);\n"
    " f.r.setAttribute('x',a);f.r.setAttribute('width',Math.max(b-a,0));\n"
    " f.t.setAttribute('x',a+3);label(f,b-a);});}\n"
    "function search(){var word=prompt('Search for (a regular expression):');\n"
    " if(word===null)return;var match=null,count=0;\n"
    " try{match=word?new RegExp(word,'i'):null;}catch(e){told.textContent=e.message;return;}\n"
    " frames.forEach(function(f){var hit=!!match&&match.test(f.name);count+=hit;\n"
    "  f.g.classList.toggle('found',hit);});\n"
    " told.textContent=match?count+' frames match '+word:first;}\n"
    "frames.forEach(function(f,i){f.g.addEventListener('click',function(){zoom(f);});\n"
    " f.g.addEventListener('keydown',function(e){\n"
    "  if(e.key==='Enter'||e.key===' '){zoom(f);e.preventDefault();}\n"
    "  var step={ArrowRight:1,ArrowUp:1,ArrowLeft:-1,ArrowDown:-1}[e.key],to=frames[i+step];\n"
    "  if(to){to.g.focus();e.preventDefault();}});});\n"
    "document.addEventListener('keydown',function(e){\n"
    " if(e.key==='Escape')zoom(null);\n"
    " if(e.key==='/'||(e.key==='f'&&e.ctrlKey)){search();e.preventDefault();}});\n"
    "})();\n";
