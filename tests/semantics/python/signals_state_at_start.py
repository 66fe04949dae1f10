import signal

ignored = [s.name for s in signal.valid_signals() if isinstance(s, signal.Signals) and signal.getsignal(s) == signal.SIG_IGN]
own = [s.name for s in signal.valid_signals() if isinstance(s, signal.Signals) and callable(signal.getsignal(s)) and signal.getsignal(s) not in (signal.SIG_IGN, signal.SIG_DFL)]
print(sorted(ignored), own, signal.sigpending())
