/* SIDs as bytes (MS-DTYP 2.4.2.2) and as text (S-1-5-21-...; MS-DTYP 2.4.2.1). */
#ifndef BASE_SID_H
#define BASE_SID_H

#include "view.h"

#define SID_BYTES_MAX 68        /* revision, count, authority, 15 sub-authorities */
#define SID_TEXT_MAX 190

struct sid {
    uint8_t n;                  /* bytes used; 0: none */
    uint8_t bytes[SID_BYTES_MAX];
};

static inline struct view
sid_view(const struct sid *s)
{
    return view_of(s->bytes, s->n);
}

/* Revision 1, 0 to 15 sub-authorities, and exactly that long. */
bool sid_is_valid(struct view bytes);
bool sid_parse_text(const char *text, struct sid *out);
bool sid_from_view(struct view bytes, struct sid *out);
/* False when the bytes are no SID. */
bool sid_format(struct view bytes, char out[SID_TEXT_MAX]);
/* The SID with one more sub-authority; false at 15. */
bool sid_append(const struct sid *domain, uint32_t rid, struct sid *out);
/* True when sid is domain with exactly one more sub-authority; *rid gets it. */
bool sid_has_domain(struct view sid, const struct sid *domain, uint32_t *rid);

#endif
