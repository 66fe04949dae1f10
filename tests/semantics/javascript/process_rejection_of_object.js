Promise.reject({ code: 42, nested: { why: 'because', list: [1, 2, 3] } });
