/*
 * The authenticator's checksum of type 0x8003 (RFC 4121 4.1.1), which is no
 * checksum but GSS-API's part of an AP-REQ. Little-endian, but for Exts:
 *
 *      0  u32  Lgth     16
 *      4  16   Bnd      MD5 of the channel bindings, zeros for none
 *     20  u32  Flags
 *     24  u16  DlgOpt   1; this and the next two only with GSS_C_DELEG_FLAG
 *     26  u16  Dlgth
 *     28  ...  Deleg    KRB-CRED
 *      .  ...  Exts     {u32 type, u32 length, data}, big-endian
 *
 * A client that sets the flag and sends nothing after Flags delegates nothing,
 * as MIT's library has it. Trusts nothing.
 */
#include "packages/kerberos/wire/wire.h"

#include "winerror.h"

#define DELEGATION_OPTION 1u

/* Each extension must lie within the rest; which there are is the reader's affair. */
static void
extensions_check(struct rd *r, struct view extensions)
{
    struct rd e = rd_init(extensions);

    while (rd_left(&e) > 0) {
        rd_skip(&e, 4);
        rd_skip(&e, rd_u32be(&e));
    }
    if (rd_end(&e, -1) != 0)
        rd_fail(r);
}

status_t
krb_gss_checksum_parse(struct view in, struct krb_gss_checksum *out)
{
    struct rd r = rd_init(in);

    *out = (struct krb_gss_checksum){ 0 };
    rd_expect_u32le(&r, KRB_GSS_BINDINGS_SIZE);
    rd_bytes(&r, out->bindings, sizeof(out->bindings));
    out->flags = rd_u32le(&r);
    if ((out->flags & KRB_GSS_DELEG) != 0 && rd_left(&r) > 0) {
        if (rd_u16le(&r) != DELEGATION_OPTION)
            rd_fail(&r);
        out->delegated = rd_view(&r, rd_u16le(&r));
    }
    out->extensions = rd_rest(&r);
    extensions_check(&r, out->extensions);
    return rd_end(&r, SEC_E_INVALID_TOKEN);
}

void
krb_gss_checksum_build(struct wr *w, const struct krb_gss_checksum *m)
{
    wr_u32le(w, KRB_GSS_BINDINGS_SIZE);
    wr_bytes(w, m->bindings, sizeof(m->bindings));
    wr_u32le(w, m->flags);
    /* Or extensions would be read as the credential. */
    if ((m->flags & KRB_GSS_DELEG) != 0 && (m->delegated.n > 0 || m->extensions.n > 0)) {
        wr_u16le(w, DELEGATION_OPTION);
        wr_u16le(w, (uint16_t)m->delegated.n);
        wr_view(w, m->delegated);
        /* Sixteen bits of length: more cannot be said. */
        if (m->delegated.n > UINT16_MAX)
            w->failed = true;
    }
    wr_view(w, m->extensions);
}
