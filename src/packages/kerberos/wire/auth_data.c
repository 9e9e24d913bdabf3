/*
 * Authorization data (RFC 4120 5.2.6) and the elements of it that MS-KILE 2.2
 * defines:
 *
 *     AuthorizationData ::= SEQUENCE OF SEQUENCE {
 *         ad-type [0] Int32, ad-data [1] OCTET STRING }
 *
 * An element of type AD-IF-RELEVANT holds another list. Windows and MIT put
 * what they have into one such element; a list within a list within a list is
 * nothing that anybody sends, and is not looked into. Elements of types that
 * nobody asks for are ignored (MS-KILE 3.1.5.5). Trusts nothing.
 */
#include "packages/kerberos/wire/field.h"

#include "winerror.h"

struct element {
    int32_t type;
    struct view data;
};

static struct element
element_get(struct rd *r)
{
    struct rd s = der_get_begin(r, DER_SEQUENCE);
    struct element e;

    der_get_field(&s, 0);
    e.type = der_get_i32(&s);
    der_get_field(&s, 1);
    e.data = der_get_view(&s, DER_OCTET_STRING);
    der_get_end(r, &s);
    return e;
}

static void
found_add(struct krb_auth_data_found *out, struct view data, bool relevant)
{
    size_t *count = relevant ? &out->relevant : &out->bare;

    if (*count == 0 && (relevant || out->relevant == 0))
        out->data = data;
    (*count)++;
}

/* One list; *budget is how many elements may still come, in all lists together. */
static void
list_find(struct rd *r, int32_t type, bool relevant, unsigned *budget,
          struct krb_auth_data_found *out)
{
    struct rd list = der_get_begin(r, DER_SEQUENCE);

    while (rd_left(&list) > 0) {
        struct element e = element_get(&list);

        if ((*budget)-- == 0) {
            rd_fail(r);
            return;
        }
        if (list.failed)
            break;
        if (e.type == type)
            found_add(out, e.data, relevant);
    }
    der_get_end(r, &list);
}

/* The lists that are elements of the list. */
static void
list_find_relevant(struct view list, int32_t type, unsigned *budget,
                   struct krb_auth_data_found *out, struct rd *r)
{
    struct rd outer = rd_init(list), elements = der_get_begin(&outer, DER_SEQUENCE);

    while (rd_left(&elements) > 0 && !r->failed) {
        struct element e = element_get(&elements);
        struct rd inner = rd_init(e.data);

        if (e.type != KRB_AD_IF_RELEVANT || elements.failed)
            continue;
        list_find(&inner, type, true, budget, out);
        if (rd_end_exact(&inner, -1) != 0)
            rd_fail(r);
    }
}

status_t
krb_auth_data_find(struct view list, int32_t type, struct krb_auth_data_found *out)
{
    struct rd r = rd_init(list);
    unsigned budget = KRB_AUTH_DATA_MAX;
    status_t st;

    *out = (struct krb_auth_data_found){ 0 };
    if (list.n == 0)
        return 0;
    list_find(&r, type, false, &budget, out);
    if (!r.failed)
        list_find_relevant(list, type, &budget, out, &r);
    st = rd_end_exact(&r, SEC_E_INVALID_TOKEN);
    if (st != 0)
        *out = (struct krb_auth_data_found){ 0 };
    return st;
}

struct krb_auth_data_places
krb_auth_data_begin(struct wr *w)
{
    struct krb_auth_data_places places;

    places.list = der_put_begin(w, DER_SEQUENCE);
    places.element = der_put_begin(w, DER_SEQUENCE);
    krb_i32_put(w, 0, KRB_AD_IF_RELEVANT);
    places.field = der_put_begin(w, (uint8_t)DER_CONTEXT(1));
    places.data = der_put_begin(w, DER_OCTET_STRING);
    places.inner = der_put_begin(w, DER_SEQUENCE);
    return places;
}

void
krb_auth_data_put(struct wr *w, int32_t type, struct view data)
{
    size_t sequence = der_put_begin(w, DER_SEQUENCE);

    krb_i32_put(w, 0, type);
    krb_view_put(w, 1, DER_OCTET_STRING, data);
    der_put_end(w, sequence);
}

void
krb_auth_data_end(struct wr *w, struct krb_auth_data_places places)
{
    der_put_end(w, places.inner);
    der_put_end(w, places.data);
    der_put_end(w, places.field);
    der_put_end(w, places.element);
    der_put_end(w, places.list);
}

/* ---- elements ------------------------------------------------------------------- */

/* AD-AUTH-DATA-AP-OPTIONS (MS-KILE 2.2.7). */
status_t
krb_ap_options_parse(struct view in, uint32_t *options)
{
    struct rd r = rd_init(in);

    *options = rd_u32le(&r);
    return rd_end_exact(&r, SEC_E_INVALID_TOKEN);
}

void
krb_ap_options_build(struct wr *w, uint32_t options)
{
    wr_u32le(w, options);
}

/* EtypeList ::= SEQUENCE OF Int32 (RFC 4537 3). */
status_t
krb_etype_list_parse(struct view in, struct krb_etype_list *out)
{
    struct rd r = rd_init(in), s = der_get_begin(&r, DER_SEQUENCE);

    *out = (struct krb_etype_list){ 0 };
    while (rd_left(&s) > 0 && out->count < KRB_ETYPES_MAX)
        out->etypes[out->count++] = der_get_i32(&s);
    return krb_message_end(&r, &s);
}

void
krb_etype_list_build(struct wr *w, const struct krb_etype_list *m)
{
    size_t sequence = der_put_begin(w, DER_SEQUENCE);

    for (size_t i = 0; i < m->count; i++)
        der_put_i32(w, m->etypes[i]);
    der_put_end(w, sequence);
}

/* LSAP_TOKEN_INFO_INTEGRITY (MS-KILE 2.2.6). */
static void
restriction_get(struct rd *s, struct krb_restrictions *out)
{
    struct rd value;

    der_get_field(s, 0);
    if (der_get_i32(s) != 0)
        rd_fail(s);
    der_get_field(s, 1);
    value = rd_init(der_get_view(s, DER_OCTET_STRING));
    out->flags = rd_u32le(&value);
    out->level = rd_u32le(&value);
    rd_bytes(&value, out->machine, sizeof(out->machine));
    if (rd_end_exact(&value, -1) != 0)
        rd_fail(s);
}

/* MS-KILE 2.2.5 writes one SEQUENCE; Windows sends a SEQUENCE OF it, with one element. */
status_t
krb_restrictions_parse(struct view in, struct krb_restrictions *out)
{
    struct rd r = rd_init(in), s = der_get_begin(&r, DER_SEQUENCE), one;

    *out = (struct krb_restrictions){ 0 };
    if (der_is_next(&s, DER_SEQUENCE)) {
        one = der_get_begin(&s, DER_SEQUENCE);
        restriction_get(&one, out);
        der_get_end(&s, &one);
    } else {
        restriction_get(&s, out);
    }
    return krb_message_end(&r, &s);
}

void
krb_restrictions_build(struct wr *w, const struct krb_restrictions *m)
{
    size_t list = der_put_begin(w, DER_SEQUENCE), one = der_put_begin(w, DER_SEQUENCE);
    uint8_t bytes[8 + KRB_MACHINE_ID_SIZE];
    struct wr value = wr_init(bytes, sizeof(bytes));

    wr_u32le(&value, m->flags);
    wr_u32le(&value, m->level);
    wr_bytes(&value, m->machine, sizeof(m->machine));
    krb_i32_put(w, 0, 0);
    krb_view_put(w, 1, DER_OCTET_STRING, wr_written(&value));
    der_put_end(w, one);
    der_put_end(w, list);
}
