/*
 * Context and credential attributes as one table: which structure, and where
 * its pointers are. From it the authority flattens what a package's
 * QueryContextAttributes filled, libsspi rebuilds it in the application, and
 * the A entry points convert strings (SECPKG_ATTR_*, sspi.h).
 *
 * The flat form: the structure's bytes with zeroed pointers, then for each
 * pointer member in the table's order u32 length and the bytes. A string's
 * bytes include its NUL, so length 0 is NULL. A handle stays in the structure
 * and adds nothing. The structure's padding travels too: give packages zeroed
 * memory to fill.
 */
#ifndef IPC_ATTRIBUTE_H
#define IPC_ATTRIBUTE_H

#include "base/wr.h"
#include "base/rd.h"

enum attribute_pointer {
    ATTRIBUTE_NONE,
    ATTRIBUTE_STRING,       /* NUL-terminated UTF-16 (char where the A form is asked) */
    ATTRIBUTE_BYTES,        /* length is in another member of the structure */
    ATTRIBUTE_PACKAGE_INFO, /* SecPkgInfoW and its strings: one block */
    ATTRIBUTE_HANDLE,       /* pointer-sized number: copied as it is */
};

#define ATTRIBUTE_POINTERS_MAX 2

struct attribute {
    uint32_t id;
    const char *name;           /* "SIZES" */
    uint16_t size;              /* sizeof the structure */
    struct {
        uint8_t kind;           /* enum attribute_pointer */
        uint16_t offset;        /* of the pointer */
        uint16_t length_offset; /* ATTRIBUTE_BYTES: of the length member */
        uint8_t length_size;    /* 2 or 4 */
    } pointers[ATTRIBUTE_POINTERS_MAX];
};

/* NULL: not an attribute with a known structure. */
const struct attribute *attribute_find_context(uint32_t id);
const struct attribute *attribute_find_credential(uint32_t id);

/* Flattens the structure at value. w fails for a string or bytes beyond any attribute's size. */
void attribute_put(struct wr *w, const struct attribute *a, const void *value);

/*
 * Rebuilds into value (a->size bytes), with every block from alloc. On failure
 * nothing is left allocated and value is zeroed. SEC_E_INTERNAL_ERROR:
 * malformed; SEC_E_INSUFFICIENT_MEMORY.
 */
MUST_CHECK status_t attribute_get(struct view flat, const struct attribute *a, void *value,
                                  void *(*alloc)(size_t n), void (*release)(void *p));

/* Releases the blocks that value's pointers name (bytes are wiped first) and zeroes value. */
void attribute_free(const struct attribute *a, void *value, void (*release)(void *p));

#endif
