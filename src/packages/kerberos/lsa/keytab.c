/*
 * Keytab files, version 5.2 (MIT's doc/formats/keytab_file_format): the bytes
 * 05 02, then records of
 *
 *      i32 size; negative: a hole of so many bytes; 0: the end
 *      u16 component count, counted realm, counted components
 *      u32 name type, u32 time stamp, u8 kvno
 *      u16 encryption type, counted key
 *      u32 kvno, where four bytes are left and they are not zero
 *
 * all big-endian; "counted" is u16 length and bytes. Version 5.1 had host byte
 * order and died with the machines that wrote it.
 *
 * Runs in the authority. The file is the administrator's, but it may be torn:
 * some tools write it in place, so all of it is judged before any of it counts.
 */
#include "packages/kerberos/lsa/keytab.h"

#include "base/rd.h"

#include "winerror.h"

#define VERSION_5_2 0x0502u
#define KEY_BYTES_MAX 256u

static struct view
get_counted(struct rd *r)
{
    return rd_view(r, rd_u16be(r));
}

/* A NUL in a name would let two principals look like one in the log. */
static struct view
get_name(struct rd *r)
{
    struct view v = get_counted(r);

    if (v.n > 0 && memchr(v.p, 0, v.n) != NULL)
        rd_fail(r);
    return v;
}

static void
get_principal(struct rd *r, struct keytab_entry *out)
{
    out->component_count = rd_u16be(r);
    if (out->component_count == 0 || out->component_count > KEYTAB_COMPONENTS_MAX) {
        rd_fail(r);
        return;
    }
    out->realm = get_name(r);
    for (unsigned i = 0; i < out->component_count; i++)
        out->component[i] = get_name(r);
}

static status_t
entry_parse(struct view record, struct keytab_entry *out)
{
    struct rd r = rd_init(record);
    uint32_t wide;

    *out = (struct keytab_entry){ .component_count = 0 };
    get_principal(&r, out);
    out->name_type = rd_u32be(&r);
    rd_skip(&r, 4);
    out->kvno = rd_u8(&r);
    out->enctype = (int16_t)rd_u16be(&r);
    out->key = get_counted(&r);
    if (out->key.n == 0 || out->key.n > KEY_BYTES_MAX)
        rd_fail(&r);
    /* What else follows belongs to later makes of the format. */
    if (!r.failed && rd_left(&r) >= 4) {
        wide = rd_u32be(&r);
        if (wide != 0)
            out->kvno = wide;
    }
    return rd_end(&r, SEC_E_INVALID_TOKEN);
}

/* The next record that is no hole. False: the end, or a failure of r. */
static bool
record_get(struct rd *r, struct view *out)
{
    while (!r->failed && rd_left(r) > 0) {
        uint32_t size = rd_u32be(r);

        if (size == 0)
            return false;
        if (size <= INT32_MAX) {
            *out = rd_view(r, size);
            return !r->failed;
        }
        rd_skip(r, (size_t)(UINT32_MAX - size) + 1);
    }
    return false;
}

static status_t
records_walk(struct view file, status_t (*each)(const struct keytab_entry *, void *), void *arg,
             size_t *at)
{
    struct rd r = rd_init(file);
    struct keytab_entry entry;
    struct view record;
    status_t st = 0;

    rd_skip(&r, 2);
    *at = r.at;
    while (st == 0 && record_get(&r, &record)) {
        st = entry_parse(record, &entry);
        if (st == 0 && each != NULL)
            st = each(&entry, arg);
        if (st == 0)
            *at = r.at;
    }
    return st == 0 ? rd_end(&r, SEC_E_INVALID_TOKEN) : st;
}

status_t
keytab_parse(struct view file, status_t (*each)(const struct keytab_entry *, void *), void *arg,
             size_t *at)
{
    struct rd r = rd_init(file);
    status_t st;

    *at = 0;
    if (file.n > KEYTAB_BYTES_MAX || rd_u16be(&r) != VERSION_5_2)
        return SEC_E_INVALID_TOKEN;
    st = records_walk(file, NULL, NULL, at);
    return st == 0 ? records_walk(file, each, arg, at) : st;
}
