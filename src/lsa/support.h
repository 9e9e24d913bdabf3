/*
 * The support functions, as declared to packages: one line a slot that is real
 * now. support_table.c puts them into LSA_SECPKG_FUNCTION_TABLE.
 */
#ifndef LSA_SUPPORT_H
#define LSA_SUPPORT_H

#include "lsa/lsa_internal.h"

/* heap.c */
LSA_ALLOCATE_LSA_HEAP lsa_support_heap_allocate;
LSA_FREE_LSA_HEAP lsa_support_heap_free;
LSA_ALLOCATE_PRIVATE_HEAP lsa_support_private_allocate;
LSA_FREE_PRIVATE_HEAP lsa_support_private_free;

/* support_session.c */
LSA_CREATE_LOGON_SESSION lsa_support_session_create;
LSA_DELETE_LOGON_SESSION lsa_support_session_delete;
LSA_ADD_CREDENTIAL lsa_support_credential_add;
LSA_GET_CREDENTIALS lsa_support_credential_get;
LSA_DELETE_CREDENTIAL lsa_support_credential_delete;

/* support_client.c */
LSA_ALLOCATE_CLIENT_BUFFER lsa_support_client_allocate;
LSA_FREE_CLIENT_BUFFER lsa_support_client_free;
LSA_COPY_TO_CLIENT_BUFFER lsa_support_client_write;
LSA_COPY_FROM_CLIENT_BUFFER lsa_support_client_read;
LSA_MAP_BUFFER lsa_support_buffer_map;
LSA_GET_CLIENT_INFO lsa_support_client_info;
LSA_GET_CLIENT_INFO_EX lsa_support_client_info_ex;
LSA_GET_CALL_INFO lsa_support_call_info;
LSA_IMPERSONATE_CLIENT lsa_support_client_impersonate;
LSA_GET_EXTENDED_CALL_FLAGS lsa_support_call_flags;

/* support_account.c */
LSA_OPEN_SAM_USER lsa_support_user_open;
LSA_GET_USER_CREDENTIALS lsa_support_user_credentials;
LSA_GET_USER_AUTH_DATA lsa_support_user_auth_data;
LSA_CLOSE_SAM_USER lsa_support_user_close;
LSA_GET_AUTH_DATA_FOR_USER lsa_support_auth_data_for_user;
LSA_EXPAND_AUTH_DATA_FOR_DOMAIN lsa_support_auth_expand;

/* support_token.c */
LSA_CREATE_TOKEN lsa_support_token_create;
LSA_CREATE_TOKEN_EX lsa_support_token_create_ex;
LSA_OPEN_TOKEN_BY_LOGON_ID lsa_support_token_open;
LSA_CONVERT_AUTH_DATA_TO_TOKEN lsa_support_token_convert;
LSA_DUPLICATE_HANDLE lsa_support_handle_duplicate;
LSA_CHECK_PROTECTED_USER_BY_TOKEN lsa_support_token_protected;

/* support_audit.c */
LSA_AUDIT_LOGON lsa_support_audit_logon;
LSA_AUDIT_LOGON_EX lsa_support_audit_logon_ex;
LSA_AUDIT_ACCOUNT_LOGON lsa_support_audit_account;

#endif
