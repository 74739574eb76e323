# SPDX-License-Identifier: MIT
"""page_checks.py PAGE...: what WCAG asks of a page, as far as a machine can tell.

Debian 12 has no package of axe-core. So Chromium's own engines are asked: for the contrast of every
text, in both schemes, and for the accessible names, roles and levels that it hands to screen readers;
the rest is a few lines each. Prints what is wrong, a line each; 1 if anything is."""
import sys

from chromium import Chromium

NAMED = {"button", "link", "searchbox", "textbox", "image", "Iframe", "navigation", "region",
         "DisclosureTriangle", "img", "checkbox", "combobox"}

# Of every text that is seen: its contrast to the nearest opaque ground (WCAG 2.2, 1.4.3).
CONTRAST = r"""(function(){
function rgb(s){var m=s.match(/rgba?\(([^)]+)\)/);if(!m)return null;
 var p=m[1].split(/[ ,\/]+/).map(Number);return p.length>3?p:[p[0],p[1],p[2],1];}
function light(c){var l=c.slice(0,3).map(function(v){v/=255;
 return v<=.04045?v/12.92:Math.pow((v+.055)/1.055,2.4);});return .2126*l[0]+.7152*l[1]+.0722*l[2];}
function over(a,b){return [0,1,2].map(function(i){return a[i]*a[3]+b[i]*(1-a[3]);}).concat(1);}
function ground(e){var stack=[];for(;e;e=e.parentElement){var c=rgb(getComputedStyle(e).backgroundColor);
 if(c&&c[3]>0){stack.push(c);if(c[3]===1)break;}}
 var base=matchMedia('(prefers-color-scheme:dark)').matches?[18,18,18,1]:[255,255,255,1];
 return stack.reduceRight(function(b,c){return over(c,b);},base);}
var wrong=[],seen={},walk=document.createTreeWalker(document.body,NodeFilter.SHOW_TEXT);
while(walk.nextNode()&&wrong.length<20){var e=walk.currentNode.parentElement;
 if(!walk.currentNode.data.trim()||e.closest('script,style,svg,.skip')||!e.checkVisibility())continue;
 var s=getComputedStyle(e),b=ground(e),f=rgb(s.color);if(!f)continue;f=over(f,b);
 var a=light(f),c=light(b),r=(Math.max(a,c)+.05)/(Math.min(a,c)+.05);
 var big=parseFloat(s.fontSize)>=24||(parseFloat(s.fontSize)>=18.66&&+s.fontWeight>=700);
 var k=e.tagName+'.'+e.className;if(r<(big?3:4.5)&&!seen[k]){seen[k]=1;
  wrong.push(k+' '+r.toFixed(2)+': '+walk.currentNode.data.trim().slice(0,30));}}
/* Texts of pictures: on the last shape before them that holds their middle. */
document.querySelectorAll('svg text').forEach(function(t){
 if(wrong.length>=20||!t.checkVisibility()||!t.textContent.trim())return;
 var box=t.getBoundingClientRect(),x=box.x+Math.min(box.width/2,12),y=box.y+box.height/2,b=ground(t);
 t.ownerSVGElement.querySelectorAll('rect,polygon').forEach(function(s){
  if(!(s.compareDocumentPosition(t)&4))return;var o=s.getBoundingClientRect(),st=getComputedStyle(s);
  if(st.fill==='none'||x<o.left||x>o.right||y<o.top||y>o.bottom)return;
  var c=rgb(st.fill);if(!c)return;c[3]*=+st.fillOpacity*+st.opacity;b=over(c,b);});
 var f=rgb(getComputedStyle(t).fill);if(!f)return;f[3]*=+getComputedStyle(t).opacity;f=over(f,b);
 var a=light(f),c=light(b),r=(Math.max(a,c)+.05)/(Math.min(a,c)+.05);
 var k='svg text on '+b.slice(0,3).map(Math.round);if(r<4.5&&!seen[k]){seen[k]=1;
  wrong.push(k+' '+r.toFixed(2)+': '+t.textContent.slice(0,30));}});
return wrong;})()"""

# What scripts and styles must leave as it is.
SHAPE = r"""(function(){var wrong=[],d=document;
function all(s){return Array.from(d.querySelectorAll(s));}
var ids={};all('[id]').forEach(function(e){if(ids[e.id])wrong.push('id twice: '+e.id);ids[e.id]=1;});
if(!d.title)wrong.push('no title');if(d.documentElement.lang!=='en')wrong.push('no language');
if(/user-scalable=no|maximum-scale/.test((d.querySelector('meta[name=viewport]')||{}).content))
 wrong.push('zoom is forbidden');
if(all('main').length!==1)wrong.push('not one main landmark');
all('body>*').forEach(function(e){if(!e.closest('header,main,nav,footer,.skip,script')&&e.textContent.trim())
 wrong.push('outside of landmarks: '+e.tagName);});
all('table').forEach(function(t){if(!t.querySelector('th'))wrong.push('a table without headings');});
all('th').forEach(function(t){if(!t.scope)wrong.push('a heading without scope: '+t.textContent);});
all('[role=img]').forEach(function(e){if(e.querySelector('[tabindex],a,button'))
 wrong.push('something to act on inside of an image');});
all('[aria-labelledby],[aria-describedby],[for]').forEach(function(e){
 ['aria-labelledby','aria-describedby','for'].forEach(function(n){var v=e.getAttribute(n);
  if(v&&!d.getElementById(v))wrong.push(n+' leads nowhere: '+v);});});
all('figure').forEach(function(f){if(!f.querySelector('figcaption'))wrong.push('a figure without words');});
return wrong.slice(0,20);})()"""

STOP = r"""(function(){var e=document.activeElement;if(!e||e===document.body)return null;
var b=e.getBoundingClientRect(),s=getComputedStyle(e);window.cckStops=window.cckStops||[];
var last=window.cckStops[window.cckStops.length-1];window.cckStops.push(e);
return {what:e.tagName+'.'+e.className,frame:e.tagName==='IFRAME',
 again:window.cckStops.indexOf(e)<window.cckStops.length-1,same:last===e,
 backwards:!!last&&last!==e&&!!(last.compareDocumentPosition(e)&2),
 seen:b.bottom>0&&b.top<innerHeight&&b.right>0&&b.left<innerWidth,
 ring:e.tagName==='IFRAME'||s.outlineStyle!=='none'&&parseFloat(s.outlineWidth)>=1};})()"""


def names_and_levels(browser):
    wrong, level = [], 0
    browser.call("Accessibility.enable")
    for node in browser.call("Accessibility.getFullAXTree")["nodes"]:
        if node.get("ignored"):
            continue
        role = node.get("role", {}).get("value", "")
        name = node.get("name", {}).get("value", "").strip()
        facts = {p["name"]: p["value"].get("value") for p in node.get("properties", [])}
        if not name and (role in NAMED or facts.get("focusable")) and role != "RootWebArea":
            wrong.append(f"no name: {role}")
        if role == "heading":
            if facts["level"] > level + 1:
                wrong.append(f"heading of level {facts['level']} behind {level}: {name[:40]}")
            level = facts["level"]
    browser.call("Accessibility.disable")
    return sorted(set(wrong))


def keyboard(browser, most=60):
    """Tab goes on, in the order of reading, to what is seen and marked."""
    wrong, stops = [], 0
    browser.run("window.scrollTo(0,0);document.activeElement.blur();window.cckStops=[];0")
    for _ in range(most):
        browser.press("Tab")
        stop = browser.run(STOP)
        if not stop or (stop["again"] and not stop["same"]):
            break
        stops += 1
        if stop["same"] and not stop["frame"]:
            wrong.append("trapped in " + stop["what"])
            break
        for fault in ("backwards", "seen", "ring"):
            if stop[fault] != (fault != "backwards"):
                wrong.append(f"keyboard: {stop['what']}: {fault} is {stop[fault]}")
    if stops < 1:
        wrong.append("keyboard: nothing to go to")
    return wrong


def check(browser, path):
    wrong = []
    for dark in (False, True):
        browser.look(dark=dark)
        browser.open(path)
        said = browser.complaints() + browser.run(CONTRAST)
        wrong += [("dark: " if dark else "light: ") + line for line in said]
    wrong += browser.run(SHAPE) + names_and_levels(browser) + keyboard(browser)
    wrong += browser.complaints()
    browser.look(width=400, height=700)
    browser.open(path)
    beyond = browser.run("document.documentElement.scrollWidth-document.documentElement.clientWidth")
    if beyond > 0:
        wrong.append(f"a window of 400 pixels scrolls sideways, by {beyond}")
    browser.look(scripts=False)
    browser.open(path)
    browser.look()
    if not browser.run("document.querySelector('main').innerText.length>200"):
        wrong.append("without scripts there is hardly anything to read")
    return wrong


def main():
    faults = 0
    with Chromium() as browser:
        for path in sys.argv[1:]:
            for line in dict.fromkeys(check(browser, path)):
                print(f"{path}: {line}")
                faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
