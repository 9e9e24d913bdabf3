/* Attribute structures from their W to their A form, in place. */
#ifndef SSPI_ANSI_H
#define SSPI_ANSI_H

#include "ipc/attribute.h"

/*
 * Replaces each string of the structure by a block of UTF-8. On failure every block
 * that the structure names is freed and it is zeroed.
 */
MUST_CHECK status_t sspi_ansi_convert(const struct attribute *a, void *value);

#endif
