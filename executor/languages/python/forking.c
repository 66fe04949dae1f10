/* The zygote's part of Python (zygote.h). Executing this module returns once in each program, never in the zygote.
 *
 * A module without functions, since then nothing refers to it when sitecustomize.py drops it. So it can take
 * itself out of the process, and a program does not find it in /proc/self/maps. */
#include <Python.h>
#include <dlfcn.h>
#include <stdio.h>
#include <sys/mman.h>
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

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#define MOST_MAPPINGS 64
#define MOST_COPIED (8 << 20) /* bytes */

/* Where the interpreter has written in its boot. */
static struct mapping {
    char *start;
    size_t size;
} written[MOST_MAPPINGS];

static void note_written(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    size_t total = 0;
    int count = 0;
    for (unsigned long start, end; maps != NULL && count < MOST_MAPPINGS;) {
        char mode[5], name[80];
        int found = fscanf(maps, "%lx-%lx %4s %*s %*s %*s%79[^\n]", &start, &end, mode, name);
        if (found < 3)
            break;
        if (strcmp(mode, "rw-p") != 0 || (found == 4 && strstr(name, "[stack]") != NULL))
            continue;
        written[count++] = (struct mapping){(char *)start, end - start};
        total += end - start;
    }
    if (maps != NULL)
        fclose(maps);
    if (total > MOST_COPIED) /* packages that are imported: most programs write to little of them */
        memset(written, 0, sizeof written);
}

/* Copy this memory while nobody waits: at its end at the latest the interpreter writes to nearly all of it, and then
 * each page is a fault of its own. Kernels before 5.14 refuse, which does no harm. */
static void copy_written(void)
{
    for (const struct mapping *one = written; one < written + MOST_MAPPINGS && one->size > 0; one++)
        madvise(one->start, one->size, MADV_POPULATE_WRITE);
}

static int serve(PyObject *module)
{
    (void)module;
    note_written();
    open_zygote();
    for (;;) {
        await_order();
        PyOS_BeforeFork();
        if (fork_into_nest(fork)) {
            become_ordered_program();
            copy_written();
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
