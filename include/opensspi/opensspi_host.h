/*
 * opensspi_host.h: what OpenSSPI's authority gives a package beyond Windows's
 * function tables.
 *
 * Windows's LSA_SECPKG_FUNCTION_TABLE cannot grow, and has no slot for time,
 * random bytes, the machine's names or settings. A package MAY export
 *
 *     NTSTATUS OpenSspiPackageInitialize(const struct opensspi_host *host);
 *
 * which the authority calls once a module, after SpLsaModeInitialize and
 * before the first SpInitialize. On Windows nobody calls it: a portable package
 * works without (GetSystemTimeAsFileTime, BCryptGenRandom, ...).
 *
 * A user half MAY export
 *
 *     extern const struct opensspi_context_formats OpenSspiContextFormats;
 *
 * the range of ContextData formats that it reads; the library reports it with
 * each leg, and the LSA half picks one by opensspi_host_call.context_formats.
 *
 * All pointers below live as long as the authority. All functions may be
 * called from any thread; those of opensspi_host_call only inside a call from
 * the authority. Strings that are char are UTF-8.
 */
#ifndef OPENSSPI_HOST_H
#define OPENSSPI_HOST_H

#include "ntsecpkg.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OPENSSPI_HOST_VERSION 1

struct opensspi_host {
    uint32_t size;      /* sizeof(struct opensspi_host) of the authority; only grows */
    uint32_t version;   /* OPENSSPI_HOST_VERSION of the authority */
    /*
     * An interface of the names below, in at least this version; NULL when the
     * authority has none. The structure returned is the authority's.
     */
    const void *(*query)(const char *name, uint32_t version);
};

/* Time. */
#define OPENSSPI_HOST_CLOCK "clock"
struct opensspi_host_clock {
    int64_t (*now)(void);       /* FILETIME, UTC: 100 ns since 1601-01-01 */
    int64_t (*boot_ms)(void);   /* milliseconds that never step back: for deadlines */
};

/* Random bytes fit for keys. fill() does not fail: the authority stops when it would. */
#define OPENSSPI_HOST_RANDOM "random"
struct opensspi_host_random {
    void (*fill)(void *out, size_t n);
};

/*
 * The machine's names. A string that does not apply has Length 0.
 * SECPKG_PARAMETERS has only the domain's.
 */
#define OPENSSPI_HOST_MACHINE "machine"
struct opensspi_host_names {
    UNICODE_STRING netbios_computer;    /* upper case, 1 to 15 characters */
    UNICODE_STRING netbios_domain;      /* the computer's name where there is no domain */
    UNICODE_STRING dns_computer;
    UNICODE_STRING dns_domain;
    UNICODE_STRING dns_forest;
    BOOLEAN domain_joined;
};
struct opensspi_host_machine {
    const struct opensspi_host_names *(*names)(void);
};

/*
 * Settings of the configuration, as they are now: a reload may change them
 * between two calls. Of [package NAME] every key; of [service NAME] what is
 * about keys; of [realm NAME] all; of [store] the folder. Inside a call, a setting of a package
 * that the caller's service has of its own (PACKAGE.key in [service X]) goes before.
 */
#define OPENSSPI_HOST_SETTINGS "settings"
#define OPENSSPI_HOST_SECTION_PACKAGE "package"
#define OPENSSPI_HOST_SECTION_SERVICE "service"
#define OPENSSPI_HOST_SECTION_REALM "realm"
#define OPENSSPI_HOST_SECTION_STORE "store"
struct opensspi_host_settings {
    /* Copies the value, NUL-terminated; FALSE: not set, or longer than room. */
    BOOLEAN (*get)(const char *package, const char *key, char *out, size_t room);
    /* Version 2. The same of any section; name is "" where the section has none. */
    BOOLEAN (*section_get)(const char *section, const char *name, const char *key, char *out,
                           size_t room);
    /* Another number after each reload. */
    uint32_t (*generation)(void);
};

/*
 * The authority's log. level is syslog's: 3 error, 4 warning, 5 notice, 6 info,
 * 7 debug. pairs: key, value, key, value, NULL; values are escaped by the
 * authority; never pass secrets. The call's correlation id is added.
 */
#define OPENSSPI_HOST_LOG "log"
struct opensspi_host_log {
    void (*write)(int level, const char *event, const char *const *pairs);
};

/*
 * What a package counts: `sspi status` shows the sums. A counter begins with its first
 * add(); names are a-z, 0-9 and _, at most 63 bytes and the same few all the time, as
 * a package has room for OPENSSPI_HOST_COUNTERS_MAX of them. More are left out.
 */
#define OPENSSPI_HOST_COUNTERS "counters"
#define OPENSSPI_HOST_COUNTERS_MAX 64
struct opensspi_host_counters {
    void (*add)(const char *package, const char *counter);
};

/* The call from the authority that this thread is in. */
#define OPENSSPI_HOST_CALL "call"
struct opensspi_host_call {
    /*
     * The ContextData formats that the calling application's user half reads.
     * Both 0 where that user half does not say. STATUS_UNSUCCESSFUL outside a call.
     */
    NTSTATUS (*context_formats)(uint32_t *lowest, uint32_t *highest);
    /*
     * Version 2. The section [service NAME] whose settings are the caller's; "" where
     * none is. STATUS_UNSUCCESSFUL outside a call; STATUS_BUFFER_TOO_SMALL.
     */
    NTSTATUS (*service)(char *out, size_t room);
    /*
     * Version 3. The address of the peer, as the application said it, or "": for the log.
     * STATUS_UNSUCCESSFUL outside a call; STATUS_BUFFER_TOO_SMALL.
     */
    NTSTATUS (*peer)(char *out, size_t room);
    /* Version 4. Whether that service may use what its clients delegate. FALSE outside a call. */
    BOOLEAN (*may_delegate)(void);
    /*
     * Version 5. Whether it gets its clients' tokens; where not, nothing else that a package knows
     * of their groups is for it either. FALSE outside a call.
     */
    BOOLEAN (*may_token)(void);
};

/*
 * Handles that the authority gave the package (tokens of ConvertAuthDataToToken
 * and its like). Windows's packages use CloseHandle.
 */
#define OPENSSPI_HOST_HANDLE "handle"
struct opensspi_host_handle {
    NTSTATUS (*close)(HANDLE handle);   /* STATUS_INVALID_HANDLE */
};

/* Ends ImpersonateClient on this thread. Windows's packages use RevertToSelf. */
#define OPENSSPI_HOST_IMPERSONATION "impersonation"
struct opensspi_host_impersonation {
    /* Also where nothing had begun. STATUS_UNSUCCESSFUL: the thread must not go on. */
    NTSTATUS (*revert)(void);
};

/*
 * Passwords of the local store, which no slot of Windows's table changes. The old one is
 * compared, failures count towards lockout, and the audit line is written here.
 */
#define OPENSSPI_HOST_PASSWORD "password"
struct opensspi_password_policy {
    uint32_t min_length;        /* characters (UTF-16 units) */
    uint32_t history;           /* last ones that may not come again */
};
struct opensspi_host_password {
    void (*policy)(struct opensspi_password_policy *out);
    /*
     * Inside a call only. STATUS_WRONG_PASSWORD; STATUS_NO_SUCH_USER; STATUS_PASSWORD_RESTRICTION:
     * the old one is right, the new one is against the policy; STATUS_ACCOUNT_*.
     */
    NTSTATUS (*change)(PUNICODE_STRING account, PUNICODE_STRING old_password,
                       PUNICODE_STRING new_password);
};

/*
 * What only the application's process has: credentials of its user's (D11). A package
 * that lacks them says need() and returns SEC_E_NO_CREDENTIALS; libsspi then asks the package's
 * provider, a module in the application, and makes the call again, in which answer() has what the
 * provider said. Those bytes are as hostile as any of the application's.
 */
#define OPENSSPI_HOST_CLIENT "client"
struct opensspi_host_client {
    /*
     * Inside SpInitLsaModeContext only, and once: STATUS_NOT_SUPPORTED where this call has an
     * answer already, or the provider had none. kind and flags are the package's own.
     */
    NTSTATUS (*need)(uint32_t kind, PUNICODE_STRING target, uint32_t flags);
    /* Good until the call returns; *n 0: there is none. STATUS_UNSUCCESSFUL outside a call. */
    NTSTATUS (*answer)(const void **bytes, uint32_t *n);
    /*
     * Version 2. Whether this call said need(), for one that runs other packages: with
     * SEC_E_NO_CREDENTIALS the call is made again, also where the provider has nothing.
     */
    BOOLEAN (*is_asked)(void);
};

/*
 * The provider: a module in the folder of user halves whose name (a-z, 0-9 and -, without .so)
 * the user half exports as
 *
 *     extern const char OpenSspiClientProvider[];
 *
 * It is loaded when it is asked for the first time, and exports OpenSspiClientProvide.
 * All threads may call it at once. SEC_E_NO_CREDENTIALS: the user has none.
 */
#define OPENSSPI_CLIENT_ANSWER_MAX 65536u
#define OPENSSPI_CLIENT_TEXT_MAX 256u
struct opensspi_client_need {
    uint32_t size;              /* sizeof(struct opensspi_client_need) of libsspi; only grows */
    uint32_t kind, flags;       /* as the package said them */
    const char *target;         /* UTF-8 */
};
struct opensspi_client_answer {
    uint32_t size;              /* sizeof(struct opensspi_client_answer) of libsspi */
    uint32_t room, used;        /* of bytes, which libsspi wipes */
    void *bytes;
    /* For libsspi's log where it fails: why, and what to do. */
    char reason[OPENSSPI_CLIENT_TEXT_MAX], remedy[OPENSSPI_CLIENT_TEXT_MAX];
};
typedef NTSTATUS OpenSspiClientProvideFn(const struct opensspi_client_need *need,
                                         struct opensspi_client_answer *answer);
#define OPENSSPI_CLIENT_PROVIDER_NAME "OpenSspiClientProvider"
#define OPENSSPI_CLIENT_PROVIDE_NAME "OpenSspiClientProvide"

/*
 * Signing before a context is mapped (D16). A module MAY export
 *
 *     extern const struct opensspi_unmapped OpenSspiUnmapped;
 *
 * for its packages' ContextData: a package that negotiates signs and verifies its
 * mechListMIC with it (RFC 4178 5). Both change context_data in place to what it is after
 * that message, so the user half goes on from there; its length stays.
 */
struct opensspi_unmapped {
    uint32_t size;      /* sizeof(struct opensspi_unmapped) of the module */
    /*
     * MakeSignature. signature: pvBuffer has cbBuffer bytes of room, and says how many are
     * used. SEC_E_UNSUPPORTED_FUNCTION: the context has no integrity.
     */
    NTSTATUS (*sign)(PSecBuffer context_data, const void *message, ULONG n, PSecBuffer signature);
    /* VerifySignature. The same; SEC_E_MESSAGE_ALTERED, SEC_E_OUT_OF_SEQUENCE. */
    NTSTATUS (*verify)(PSecBuffer context_data, const void *message, ULONG n,
                       const SecBuffer *signature);
};

/* The authority's packages, for one that negotiates between them (D17). */
#define OPENSSPI_HOST_PACKAGES "packages"
/* NEGO_EXTENDER: the package was chosen by NegoEx (MS-NEGOEX), inside SPNEGO. */
#define OPENSSPI_RUN_FLAGS SECPKG_CALL_NEGO_EXTENDER
struct opensspi_host_package {
    ULONG_PTR id;
    const SecPkgInfoW *info;
    const SECPKG_FUNCTION_TABLE *table;     /* slots past the package's version are NULL */
    const struct opensspi_unmapped *unmapped;       /* NULL: it signs nothing before it is mapped */
};
struct opensspi_host_packages {
    /* The i-th package, the caller's own included. FALSE: there are no more. */
    BOOLEAN (*get)(size_t i, struct opensspi_host_package *out);
    /* Inside a call: whether the calling application's service may use the package. */
    BOOLEAN (*is_allowed)(ULONG_PTR id);
    /*
     * Runs step inside the call, for another package: what step calls in its table sees the
     * attributes of the call (GetCallInfo) with SECPKG_CALL_NEGO and these flags of
     * OPENSSPI_RUN_FLAGS, and its own user half's formats. Returns what step does;
     * STATUS_UNSUCCESSFUL outside a call, STATUS_INVALID_PARAMETER: no such package, or
     * another flag.
     */
    NTSTATUS (*run)(ULONG_PTR id, ULONG flags, NTSTATUS (*step)(void *argument),
                    void *argument);
    /*
     * The context that this leg maps is the other package's: its user half gets the
     * ContextData, under that package's own handle, and all messages. Counts if the leg sets
     * MappedContext. STATUS_INVALID_PARAMETER: no such package, or none with a user half.
     */
    NTSTATUS (*hand_over)(ULONG_PTR id, LSA_SEC_HANDLE context);
    /*
     * Version 2. Whether a block that another package allocated (AllocateLsaHeap,
     * AllocatePrivateHeap) has n bytes. TRUE also of memory that is not of these heaps.
     */
    BOOLEAN (*fits)(const void *block, size_t n);
};

struct opensspi_context_formats {
    uint32_t lowest;
    uint32_t highest;
};

typedef NTSTATUS OpenSspiPackageInitializeFn(const struct opensspi_host *host);
#define OPENSSPI_PACKAGE_INITIALIZE_NAME "OpenSspiPackageInitialize"
#define OPENSSPI_CONTEXT_FORMATS_NAME "OpenSspiContextFormats"
#define OPENSSPI_UNMAPPED_NAME "OpenSspiUnmapped"

#ifdef __cplusplus
}
#endif

#endif
