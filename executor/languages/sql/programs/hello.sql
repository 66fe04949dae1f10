.mode list
.headers off
SELECT 'Hello World';
