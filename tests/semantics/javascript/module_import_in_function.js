function f() {
  import fs from 'fs';
}
f();
