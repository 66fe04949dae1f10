import platform
import sys

print(sys.version_info, sys.implementation.name, sys.byteorder, sys.maxsize, sys.maxunicode, sys.platform)
print(sys.argv, sys.orig_argv, sys.executable, sys.prefix, sys.exec_prefix, sys.base_prefix)
print(sys.getdefaultencoding(), sys.getfilesystemencoding(), sys.dont_write_bytecode, sys.pycache_prefix)
print(sys.getswitchinterval(), sys.get_int_max_str_digits(), sys.float_info.dig, sys.hash_info.algorithm)
print(platform.python_implementation(), platform.machine(), platform.python_version(), platform.libc_ver())
print(sys.stdin.name, sys.stdout.name, sys.stderr.name, sys.stdin.mode, sys.stdout.mode, sys.__stdout__ is sys.stdout)
print(hasattr(sys, "last_exc"), hasattr(sys, "ps1"), sys.flags.interactive, sys.stdout.newlines)
