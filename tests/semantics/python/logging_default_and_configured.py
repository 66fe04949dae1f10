import logging
import logging.handlers
import sys

logging.warning("to stderr %s", "root")
logging.info("not shown")
log = logging.getLogger("app.part")
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(filename)s:%(lineno)d:%(funcName)s:%(processName)s:%(threadName)s:%(message)s"))
log.addHandler(handler)
log.propagate = False
log.setLevel("DEBUG")


def work():
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("failed", stack_info=True)


work()
memory = logging.handlers.MemoryHandler(10, target=handler)
log.handlers[:] = [memory]
log.debug("kept until exit")
log.error("bad format %d", "x")
