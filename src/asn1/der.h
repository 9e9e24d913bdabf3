/*
 * der.h: DER (ITU-T X.690) as Kerberos and SPNEGO use it, read and written
 * through the rd and wr cursors.
 *
 * Only what DER allows is read: definite lengths in their shortest form,
 * integers in theirs, tags of one octet (numbers below 31, which is all that
 * these protocols have). What is written is what would be read. Failure is
 * the cursor's and sticky, so a parser reads like the ASN.1 of its message:
 *
 *     struct rd s = der_get_begin(&r, DER_SEQUENCE);
 *     der_get_field(&s, 0);
 *     out->etype = der_get_i32(&s);
 *     if (der_get_field_optional(&s, 1))
 *         out->kvno = der_get_u32(&s);
 *     der_get_end(&r, &s);
 *
 * Nothing here calls itself: bytes nest as deep as a parser spells out, and
 * no deeper.
 */
#ifndef ASN1_DER_H
#define ASN1_DER_H

#include "base/rd.h"
#include "base/wr.h"

/* Identifier octets, whole: class, constructed bit and number (X.690 8.1.2). */
#define DER_BOOLEAN 0x01u
#define DER_INTEGER 0x02u
#define DER_BIT_STRING 0x03u
#define DER_OCTET_STRING 0x04u
#define DER_OID 0x06u
#define DER_ENUMERATED 0x0Au
#define DER_GENERALIZED_TIME 0x18u
#define DER_GENERAL_STRING 0x1Bu
#define DER_SEQUENCE 0x30u
#define DER_APPLICATION(number) (0x60u | (number))
#define DER_CONTEXT(number) (0xA0u | (number))

/* Octets of "YYYYMMDDHHMMSSZ", the one form of KerberosTime (RFC 4120 5.2.3). */
#define DER_TIME_SIZE 15u

/* ---- reading ------------------------------------------------------------- */

/* True when the next element has this tag. Reads nothing and never fails the cursor. */
bool der_is_next(const struct rd *r, uint8_t tag);
/* Steps over the next element, which must have the tag: a cursor over its contents. */
struct rd der_get_begin(struct rd *r, uint8_t tag);
/* Fails r when inner failed, or has not been read to its end. */
void der_get_end(struct rd *r, const struct rd *inner);
/*
 * Steps into an EXPLICIT tag, whose contents must be exactly one element:
 * that one is read next, from the same cursor.
 */
void der_get_explicit(struct rd *r, uint8_t tag);
/* The same for [number], as fields of a SEQUENCE have it. */
void der_get_field(struct rd *r, unsigned number);
/* The same for an OPTIONAL field: true when it is there. */
MUST_CHECK bool der_get_field_optional(struct rd *r, unsigned number);

/* The contents of the next element, which must have the tag. */
struct view der_get_view(struct rd *r, uint8_t tag);
/* The next element of any tag, whole: identifier, length and contents. */
struct view der_get_element(struct rd *r);

bool der_get_boolean(struct rd *r);
int32_t der_get_i32(struct rd *r);
uint32_t der_get_u32(struct rd *r);
/*
 * For sequence numbers and key versions, which some senders write as signed
 * numbers (RFC 4120 5.2.4): -2^31 to 2^32 - 1, modulo 2^32.
 */
uint32_t der_get_u32_wrapped(struct rd *r);
uint32_t der_get_enumerated(struct rd *r);
/*
 * A BIT STRING's first 32 bits, the first bit highest (KerberosFlags, RFC 4120
 * 5.2.8: at least 32 bits are sent; those behind are ignored).
 */
uint32_t der_get_flags(struct rd *r);
/* GeneralizedTime in seconds since 1970. */
int64_t der_get_time(struct rd *r);

/* ---- writing ------------------------------------------------------------- */

/* Writes the identifier; everything until der_put_end(w, place) is its contents. */
MUST_CHECK size_t der_put_begin(struct wr *w, uint8_t tag);
void der_put_end(struct wr *w, size_t place);

void der_put_view(struct wr *w, uint8_t tag, struct view contents);
void der_put_boolean(struct wr *w, bool v);
void der_put_i32(struct wr *w, int32_t v);
void der_put_u32(struct wr *w, uint32_t v);
void der_put_enumerated(struct wr *w, uint32_t v);
/* Exactly 32 bits. */
void der_put_flags(struct wr *w, uint32_t v);
/* Fails w for a year that four digits cannot hold. */
void der_put_time(struct wr *w, int64_t seconds);

/* ---- GeneralizedTime as text (der_time.c) -------------------------------- */

MUST_CHECK bool der_time_parse(struct view text, int64_t *seconds);
MUST_CHECK bool der_time_build(int64_t seconds, uint8_t out[DER_TIME_SIZE]);

#endif
