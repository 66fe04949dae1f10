'use strict';
const value = 010;
with (Math) { console.log(PI); }
