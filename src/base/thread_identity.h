/* Whom the kernel takes the calling thread for, as to files: see thread_identity.c. */
#ifndef BASE_THREAD_IDENTITY_H
#define BASE_THREAD_IDENTITY_H

#include "view.h"

struct thread_identity {
    uint32_t uid, gid;
    struct view gids;               /* the other groups, u32 each, little-endian */
};

/* What a thread was, to become it again. */
struct thread_saved;

/*
 * NULL: no memory, the kernel would not say, or in this user namespace it cannot be told who it
 * is. thread_saved_free() it.
 */
struct thread_saved *thread_identity_save(void);
void thread_saved_free(struct thread_saved *s);
bool thread_saved_has_same_groups(const struct thread_saved *a, const struct thread_saved *b);

/*
 * The calling thread makes and opens files as the identity from now on. 0, or a
 * negative errno: then it is in between, and must be restored.
 */
MUST_CHECK int thread_identity_take(const struct thread_identity *who);
/* 0, or a negative errno: the thread still acts for somebody else and must not go on. */
MUST_CHECK int thread_identity_restore(const struct thread_saved *s);

/*
 * Whether its files are made as another uid or gid than the process's effective ones. The other
 * groups are the kernel's to compare with nothing: a process has none, each thread has its own.
 */
bool thread_identity_is_foreign(void);

#endif
