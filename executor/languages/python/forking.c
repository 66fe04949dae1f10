/* The zygote's part of Python (zygote.h). Executing this module returns once in each program, never in the zygote.
 *
 * A module without functions, since then nothing refers to it when sitecustomize.py drops it. So it can take
 * itself out of the process, and a program does not find it in /proc/self/maps. */
#include <Python.h>
#include <dlfcn.h>
#include <unistd.h>

#include "zygote.h"

/* Called from the library itself, which must not be gone when it returns: the interpreter calls dlclose() later. */
static void leave(void *module)
{
    (void)module;
    Dl_info found;
    void *library = dladdr(&answer_order, &found) ? dlopen(found.dli_fname, RTLD_LAZY | RTLD_NOLOAD) : NULL;
    for (int times = 0; library != NULL && times < 2; times++) /* the interpreter's reference and this one */
        Py_AddPendingCall(dlclose, library);
}

static int serve(PyObject *module)
{
    (void)module;
    open_zygote();
    for (;;) {
        await_order();
        PyOS_BeforeFork();
        if (fork_into_nest(fork)) {
            become_ordered_program();
            PyOS_AfterFork_Child();
            return 0;
        }
        PyOS_AfterFork_Parent();
        answer_order();
    }
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, serve}, {0, NULL}};
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "forking", .m_slots = slots, .m_free = leave};

PyMODINIT_FUNC PyInit_forking(void)
{
    return PyModuleDef_Init(&definition);
}
