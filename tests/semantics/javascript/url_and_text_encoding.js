const { domainToASCII } = require('url');
const url = new URL('../b?x=1&y=%20#frag', 'https://user:pw@example.org:8080/a/c');
url.searchParams.append('z', 'é&');
console.log(url.href, url, URL.canParse('nope'), domainToASCII('español.com'), new URLSearchParams([['a', 'b c']]).toString(), require('querystring').parse('a=1&a=2'), require('path').relative('/a/b/c', '/a/d'));
console.log(new TextEncoder().encode('€'), new TextDecoder('utf-16le').decode(new Uint8Array([65, 0])), new TextDecoder('latin1').encoding, new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 65, 0xff])), btoa('hi'), atob('aGk='));
try { new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff])); } catch (error) { console.log(error.code, error.message); }
new URL('not a url');
