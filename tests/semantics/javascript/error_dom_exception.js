console.log(new DOMException('m', 'AbortError').code, structuredClone(new Error('copied', { cause: 1 })).cause);
atob('!');
