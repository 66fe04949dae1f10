const text = '<html>';
JSON.parse(text);
