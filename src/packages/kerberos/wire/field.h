/*
 * field.h: the types that fields of many messages have (RFC 4120 5.2), read
 * and written with the [number] that they have there. Private to wire/.
 */
#ifndef KRB_WIRE_FIELD_H
#define KRB_WIRE_FIELD_H

#include "asn1/der.h"
#include "packages/kerberos/wire/wire.h"

/*
 * [APPLICATION number] SEQUENCE, as most messages begin: the cursor over the
 * fields. krb_message_end() says whether they were all there, and all.
 */
struct rd krb_message_begin(struct rd *r, unsigned number);
MUST_CHECK status_t krb_message_end(struct rd *r, const struct rd *fields);
/* pvno and msg-type, in [number] and [number + 1]. */
void krb_version_expect(struct rd *r, unsigned number, int32_t type);

/* What is read next, after der_get_field(). */
struct krb_name krb_name_get(struct rd *r);
struct krb_encrypted krb_encrypted_get(struct rd *r);
struct krb_key krb_key_get(struct rd *r);

/* An OPTIONAL field: *out stays what it was where it is absent. */
bool krb_time_get_optional(struct rd *r, unsigned number, int64_t *out);
bool krb_u32_get_optional(struct rd *r, unsigned number, uint32_t *out);
bool krb_name_get_optional(struct rd *r, unsigned number, struct krb_name *out);
bool krb_key_get_optional(struct rd *r, unsigned number, struct krb_key *out);
/* Contents, or the element whole; an empty one is as good as none. */
bool krb_view_get_optional(struct rd *r, unsigned number, uint8_t tag, struct view *out);
struct view krb_element_get_optional(struct rd *r, unsigned number);

/* ---- writing: a field with its [number] ------------------------------------ */

struct krb_message_places {
    size_t application, sequence;
};
struct krb_message_places krb_message_put_begin(struct wr *w, unsigned number);
void krb_message_put_end(struct wr *w, struct krb_message_places places);
void krb_version_put(struct wr *w, unsigned number, int32_t type);

void krb_i32_put(struct wr *w, unsigned number, int32_t v);
void krb_u32_put(struct wr *w, unsigned number, uint32_t v);
void krb_flags_put(struct wr *w, unsigned number, uint32_t v);
void krb_time_put(struct wr *w, unsigned number, int64_t v);
void krb_view_put(struct wr *w, unsigned number, uint8_t tag, struct view v);
/* An element that has its tag already. */
void krb_element_put(struct wr *w, unsigned number, struct view element);
void krb_name_put(struct wr *w, unsigned number, const struct krb_name *v);
void krb_encrypted_put(struct wr *w, unsigned number, const struct krb_encrypted *v);
void krb_key_put(struct wr *w, unsigned number, const struct krb_key *v);

#endif
