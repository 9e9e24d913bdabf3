/*
 * OPENSSPI_HOST_CLIENT: credentials that only the application's process has (D11).
 *
 * The authority does not ask back: what a package lacks goes out with the refusal
 * (answer_initialize_context), libsspi asks the provider, and the answer comes with
 * the same call made again. Neither is kept longer than its call, so an answer cannot
 * reach another caller's context.
 *
 * Runs in the authority. The answer is a stranger's bytes, which the package parses.
 */
#include "lsa/lsa_internal.h"

static NTSTATUS
client_need(uint32_t kind, PUNICODE_STRING target, uint32_t flags)
{
    struct lsa_call *call = lsa_call_current();
    struct view name = target ? view_of(target->Buffer, target->Length) : view_of("", 0);
    void *text;

    if (!call || !call->arena)
        return STATUS_UNSUCCESSFUL;
    /* Asked twice it would say the same: an application must not be kept busy by that. */
    if (call->client_answer.n > 0 || call->client_has_none)
        return STATUS_NOT_SUPPORTED;
    text = arena_copy(call->arena, name);
    if (!text)
        return STATUS_NO_MEMORY;
    call->need = (struct lsa_need){ call->package, kind, flags, view_of(text, name.n) };
    return STATUS_SUCCESS;
}

static NTSTATUS
client_answer(const void **bytes, uint32_t *n)
{
    const struct lsa_call *call = lsa_call_current();

    *bytes = call ? call->client_answer.p : NULL;
    *n = call ? (uint32_t)call->client_answer.n : 0;
    return call ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

static BOOLEAN
client_is_asked(void)
{
    const struct lsa_call *call = lsa_call_current();

    return call && call->need.package;
}

const struct opensspi_host_client lsa_host_client = {
    .need = client_need,
    .answer = client_answer,
    .is_asked = client_is_asked,
};
