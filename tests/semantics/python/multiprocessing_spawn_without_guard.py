import multiprocessing

multiprocessing.set_start_method("spawn")
process = multiprocessing.Process(target=print, args=("child",))
process.start()
process.join()
print(process.exitcode)
