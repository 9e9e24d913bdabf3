/*
 * Which structure an attribute is and where its pointers are: Microsoft's
 * pages "QueryContextAttributes" and "QueryCredentialsAttributes", as data.
 *
 * Runs in applications and in the authority. Not here, because their structures
 * do not say how many bytes they name: USE_VALIDATED, CONTEXT_DELETED,
 * SASL_CONTEXT, KDC_PROXY_SETTINGS (its length is the caller's cbBuffer),
 * PAC_BYPASS; and NEGOTIATED_TLS_EXTENSIONS, which counts elements, not bytes,
 * and belongs to Schannel alone.
 */
#include "ipc/attribute.h"

#include "opensspi.h"

#define STRING_AT(type, member) { ATTRIBUTE_STRING, offsetof(type, member), 0, 0 }
#define PACKAGE_AT(type, member) { ATTRIBUTE_PACKAGE_INFO, offsetof(type, member), 0, 0 }
#define HANDLE_AT(type, member) { ATTRIBUTE_HANDLE, offsetof(type, member), 0, 0 }
#define BYTES_AT(type, member, length) \
    { ATTRIBUTE_BYTES, offsetof(type, member), offsetof(type, length), \
      sizeof(((type *)0)->length) }
#define NO_POINTER { ATTRIBUTE_NONE, 0, 0, 0 }

#define FLAT(id, type) { SECPKG_ATTR_##id, #id, sizeof(type), { NO_POINTER, NO_POINTER } }
#define ONE(id, type, p) { SECPKG_ATTR_##id, #id, sizeof(type), { p, NO_POINTER } }
#define TWO(id, type, p, q) { SECPKG_ATTR_##id, #id, sizeof(type), { p, q } }
#define CRED_ONE(id, type, p) { SECPKG_CRED_ATTR_##id, #id, sizeof(type), { p, NO_POINTER } }
#define CRED_TWO(id, type, p, q) { SECPKG_CRED_ATTR_##id, #id, sizeof(type), { p, q } }

/* The lists are ended by a size of 0. */
#define END { 0, NULL, 0, { NO_POINTER, NO_POINTER } }

/*
 * DCE_INFO's pPac has no length: with RPC_C_AUTHZ_NAME, the only service that
 * the packages give, it is the client's name. SUBJECT_SECURITY_ATTRIBUTES names
 * a structure of claims of its own: a package lays it out in client buffers, so
 * its address holds in the application as it is (D9).
 */
static const struct attribute context_attributes[] = {
    FLAT(SIZES, SecPkgContext_Sizes),
    ONE(NAMES, SecPkgContext_NamesW, STRING_AT(SecPkgContext_NamesW, sUserName)),
    FLAT(LIFESPAN, SecPkgContext_Lifespan),
    ONE(DCE_INFO, SecPkgContext_DceInfo, STRING_AT(SecPkgContext_DceInfo, pPac)),
    FLAT(STREAM_SIZES, SecPkgContext_StreamSizes),
    TWO(KEY_INFO, SecPkgContext_KeyInfoW,
        STRING_AT(SecPkgContext_KeyInfoW, sSignatureAlgorithmName),
        STRING_AT(SecPkgContext_KeyInfoW, sEncryptAlgorithmName)),
    ONE(AUTHORITY, SecPkgContext_AuthorityW,
        STRING_AT(SecPkgContext_AuthorityW, sAuthorityName)),
    ONE(PROTO_INFO, SecPkgContext_ProtoInfoW,
        STRING_AT(SecPkgContext_ProtoInfoW, sProtocolName)),
    FLAT(PASSWORD_EXPIRY, SecPkgContext_PasswordExpiry),
    ONE(SESSION_KEY, SecPkgContext_SessionKey,
        BYTES_AT(SecPkgContext_SessionKey, SessionKey, SessionKeyLength)),
    ONE(PACKAGE_INFO, SecPkgContext_PackageInfoW,
        PACKAGE_AT(SecPkgContext_PackageInfoW, PackageInfo)),
    FLAT(USER_FLAGS, SecPkgContext_UserFlags),
    ONE(NEGOTIATION_INFO, SecPkgContext_NegotiationInfoW,
        PACKAGE_AT(SecPkgContext_NegotiationInfoW, PackageInfo)),
    TWO(NATIVE_NAMES, SecPkgContext_NativeNamesW,
        STRING_AT(SecPkgContext_NativeNamesW, sClientName),
        STRING_AT(SecPkgContext_NativeNamesW, sServerName)),
    FLAT(FLAGS, SecPkgContext_Flags),
    ONE(CREDENTIAL_NAME, SecPkgContext_CredentialNameW,
        STRING_AT(SecPkgContext_CredentialNameW, sCredentialName)),
    ONE(TARGET_INFORMATION, SecPkgContext_TargetInformation,
        BYTES_AT(SecPkgContext_TargetInformation, MarshalledTargetInfo,
                 MarshalledTargetInfoLength)),
    ONE(ACCESS_TOKEN, SecPkgContext_AccessToken,
        HANDLE_AT(SecPkgContext_AccessToken, AccessToken)),
    ONE(TARGET, SecPkgContext_Target, BYTES_AT(SecPkgContext_Target, Target, TargetLength)),
    ONE(AUTHENTICATION_ID, SecPkgContext_AuthzID,
        BYTES_AT(SecPkgContext_AuthzID, AuthzID, AuthzIDLength)),
    FLAT(LOGOFF_TIME, SecPkgContext_LogoffTime),
    TWO(NEGO_KEYS, SecPkgContext_NegoKeys,
        BYTES_AT(SecPkgContext_NegoKeys, KeyValue, KeyLength),
        BYTES_AT(SecPkgContext_NegoKeys, VerifyKeyValue, VerifyKeyLength)),
    FLAT(PROMPTING_NEEDED, SecPkgContext_CredInfo),
    ONE(UNIQUE_BINDINGS, SecPkgContext_Bindings,
        BYTES_AT(SecPkgContext_Bindings, Bindings, BindingsLength)),
    ONE(ENDPOINT_BINDINGS, SecPkgContext_Bindings,
        BYTES_AT(SecPkgContext_Bindings, Bindings, BindingsLength)),
    ONE(CLIENT_SPECIFIED_TARGET, SecPkgContext_ClientSpecifiedTarget,
        STRING_AT(SecPkgContext_ClientSpecifiedTarget, sTargetName)),
    FLAT(LAST_CLIENT_TOKEN_STATUS, SecPkgContext_LastClientTokenStatus),
    FLAT(NEGO_PKG_INFO, SecPkgContext_NegoPackageInfo),
    FLAT(NEGO_STATUS, SecPkgContext_NegoStatus),
    FLAT(DTLS_MTU, SEC_DTLS_MTU),
    FLAT(APPLICATION_PROTOCOL, SecPkgContext_ApplicationProtocol),
    FLAT(IS_LOOPBACK, BOOLEAN),
    ONE(SUBJECT_SECURITY_ATTRIBUTES, SecPkgContext_SubjectAttributes,
        HANDLE_AT(SecPkgContext_SubjectAttributes, AttributeInfo)),
    { OPENSSPI_ATTR_PAC, "PAC", sizeof(opensspi_pac),
      { BYTES_AT(opensspi_pac, data, length), NO_POINTER } },
    END
};

static const struct attribute credential_attributes[] = {
    CRED_ONE(NAMES, SecPkgCredentials_NamesW, STRING_AT(SecPkgCredentials_NamesW, sUserName)),
    CRED_TWO(SSI_PROVIDER, SecPkgCredentials_SSIProviderW,
             STRING_AT(SecPkgCredentials_SSIProviderW, sProviderName),
             BYTES_AT(SecPkgCredentials_SSIProviderW, ProviderInfo, ProviderInfoLength)),
    CRED_ONE(CERT, SecPkgCredentials_Cert,
             BYTES_AT(SecPkgCredentials_Cert, EncodedCert, EncodedCertSize)),
    END
};

static const struct attribute *
table_find(const struct attribute *a, uint32_t id)
{
    while (a->size != 0 && a->id != id)
        a++;
    return a->size != 0 ? a : NULL;
}

const struct attribute *
attribute_find_context(uint32_t id)
{
    return table_find(context_attributes, id);
}

const struct attribute *
attribute_find_credential(uint32_t id)
{
    return table_find(credential_attributes, id);
}
