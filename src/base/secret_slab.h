/* Slabs: the pages under secret_new(). Private to src/base. */
#ifndef BASE_SECRET_SLAB_H
#define BASE_SECRET_SLAB_H

#include "view.h"

#define SECRET_ALIGN 16
#define SECRET_MAX 65536

/* Zeroed; NULL when size is 0 or above SECRET_MAX, or when there is no memory. */
void *secret_slab_get(size_t size, bool locked);
/* Wipes and gives back. Memory inherited over fork() is left alone. */
void secret_slab_put(void *p);

#endif
