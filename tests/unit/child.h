/* The end of a test's forked child. */
#ifndef UNIT_CHILD_H
#define UNIT_CHILD_H

#include <stdio.h>
#include <unistd.h>

/*
 * By exec rather than by _exit(): what a child has inherited is its parent's to free, and
 * valgrind, which looks for leaks at an exit, would blame the child for it.
 */
static inline _Noreturn void
child_exit(int status)
{
    char text[12];

    snprintf(text, sizeof(text), "%d", status);
    execl("/bin/sh", "sh", "-c", "exit \"$0\"", text, (char *)NULL);
    _exit(127);
}

#endif
