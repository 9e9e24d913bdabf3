/*
 * ndr.h: as much of NDR (C706 14, MS-RPCE 2.2.6 type serialization 1) as a
 * PAC's LOGON_INFO needs, read through the rd cursor. Private to wire/.
 *
 * A structure comes first, with a number in the place of each pointer; what
 * the pointers mean follows in their order. So a member is read twice: its
 * fixed part, and later its referent.
 */
#ifndef KRB_WIRE_NDR_H
#define KRB_WIRE_NDR_H

#include "base/rd.h"

/* RPC_UNICODE_STRING's fixed part. */
struct ndr_string {
    uint16_t length, maximum;
    bool has_referent;
};

/* Both headers and the pointer that stands for the whole: the structure is next. */
void ndr_header_expect(struct rd *r);
/* Alignment within the serialization: 4 for all that is read here. */
void ndr_align(struct rd *r);
bool ndr_pointer_get(struct rd *r);

struct ndr_string ndr_string_get(struct rd *r);
/* Its units, as bytes. */
struct view ndr_string_referent_get(struct rd *r, struct ndr_string s);
/* A SID, in wire form. */
struct view ndr_sid_referent_get(struct rd *r);
/* The head of a conformant array, which must have count elements. */
void ndr_array_expect(struct rd *r, uint32_t count);

#endif
