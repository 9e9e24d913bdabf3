# The account store, apart from liblsa: the sspi command links it alone.
add_library(account STATIC
    ${CMAKE_CURRENT_LIST_DIR}/account.c
    ${CMAKE_CURRENT_LIST_DIR}/account_backup.c
    ${CMAKE_CURRENT_LIST_DIR}/account_cache.c
    ${CMAKE_CURRENT_LIST_DIR}/account_change.c
    ${CMAKE_CURRENT_LIST_DIR}/account_db.c
    ${CMAKE_CURRENT_LIST_DIR}/account_group.c
    ${CMAKE_CURRENT_LIST_DIR}/account_handover.c
    ${CMAKE_CURRENT_LIST_DIR}/account_key.c
    ${CMAKE_CURRENT_LIST_DIR}/account_lockout.c
    ${CMAKE_CURRENT_LIST_DIR}/account_open.c
    ${CMAKE_CURRENT_LIST_DIR}/account_password.c
    ${CMAKE_CURRENT_LIST_DIR}/account_rekey.c
    ${CMAKE_CURRENT_LIST_DIR}/account_row.c
    ${CMAKE_CURRENT_LIST_DIR}/account_schema.c)
target_link_libraries(account PUBLIC base PRIVATE crypto PkgConfig::SQLITE Threads::Threads)
