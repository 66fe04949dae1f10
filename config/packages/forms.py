"""Our forms in place of allauth's, by the name that it has for each."""

ACCOUNT = {
    "change_password": "submissions.pages.account.access.ChangePassword",
    "reset_password_from_key": "submissions.pages.account.access.ResetPassword",
}
MFA = {
    "authenticate": "submissions.accounts.adapter.LimitedAuthenticateForm",
    "reauthenticate": "submissions.accounts.adapter.LimitedReauthenticateForm",
}
