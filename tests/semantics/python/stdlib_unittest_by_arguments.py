# args: ["-k", "one", "Cases"]
import sys
import unittest
from unittest import mock


class Cases(unittest.IsolatedAsyncioTestCase):
    async def test_one(self):
        with mock.patch("time.time", return_value=5) as patched:
            import time

            self.assertEqual(time.time(), 5)
            patched.assert_called_once_with()

    def test_two(self):
        self.fail("not chosen")


sys.stderr = sys.__stderr__
program = unittest.main(exit=False, testRunner=unittest.TextTestRunner(stream=open("/dev/null", "w")))
print(program.result, program.testNames, sys.argv)
