"""The modules that `make test-mutants` changes: they decide by their arguments or by the database."""

CONFIG, EXECUTOR, SUBMISSIONS = "tests/config", "tests/executor", "tests/submissions"

TARGETS = {
    "config/serving/bodies.py": [f"{CONFIG}/test_bodies.py"],
    "config/shares.py": [f"{CONFIG}/test_shares.py"],
    "executor/admission/admission.py": [
        f"{EXECUTOR}/test_admission.py",
        f"{SUBMISSIONS}/test_self_check.py",
    ],
    "executor/admission/gate.py": [f"{EXECUTOR}/test_gate.py"],
    "executor/admission/places.py": [f"{EXECUTOR}/test_places.py"],
    "executor/choices.py": [f"{EXECUTOR}/test_choices.py"],
    "executor/experiments/outcomes.py": [f"{EXECUTOR}/test_experiments.py"],
    "executor/explanation/diagnostics.py": [f"{EXECUTOR}/test_diagnostics.py"],
    "executor/explanation/entry.py": [
        f"{EXECUTOR}/test_hints.py",
        f"{EXECUTOR}/test_hints_fit.py",
        f"{EXECUTOR}/test_hint_bounds.py",
    ],
    "executor/explanation/hints.py": [f"{EXECUTOR}/test_hints.py", f"{EXECUTOR}/test_hints_fit.py"],
    "executor/languages/javascript/diagnostics.py": [f"{EXECUTOR}/test_javascript_diagnostics.py"],
    "executor/languages/python/diagnostics.py": [
        f"{EXECUTOR}/test_diagnostics.py",
        f"{EXECUTOR}/test_python_diagnostics.py",
    ],
    "executor/limits.py": [f"{EXECUTOR}/test_limits_and_spec.py"],
    "executor/owner.py": [f"{EXECUTOR}/test_owner.py"],
    "executor/pool/idle.py": [f"{EXECUTOR}/test_idle.py"],
    "executor/pool/lane.py": [f"{EXECUTOR}/test_lane.py"],
    "executor/pool/slots.py": [f"{EXECUTOR}/test_slots.py"],
    "executor/pool/users.py": [f"{EXECUTOR}/test_users.py"],
    "executor/sandbox/layers.py": [f"{EXECUTOR}/test_layers.py"],
    "executor/sandbox/output.py": [f"{EXECUTOR}/test_output.py", f"{SUBMISSIONS}/test_shown.py"],
    "executor/sandbox/protocol.py": [f"{EXECUTOR}/test_protocol.py"],
    "executor/uncaught.py": [f"{EXECUTOR}/test_uncaught.py"],
    "executor/verdicts.py": [f"{EXECUTOR}/test_verdicts.py"],
    "submissions/accounts/attempts.py": [
        f"{SUBMISSIONS}/test_attempts.py",
        f"{SUBMISSIONS}/test_credentials.py",
        f"{SUBMISSIONS}/test_signin.py",
    ],
    "submissions/accounts/cross_site.py": [f"{SUBMISSIONS}/test_accounts.py"],
    "submissions/accounts/tokens.py": [
        f"{SUBMISSIONS}/test_accounts.py",
        f"{SUBMISSIONS}/test_bearers.py",
    ],
    "submissions/accounts/usernames.py": [f"{SUBMISSIONS}/test_usernames.py"],
    "submissions/api/framework/authentication.py": [
        f"{SUBMISSIONS}/test_accounts.py",
        f"{SUBMISSIONS}/test_admin_freezing.py",
        f"{SUBMISSIONS}/test_credentials.py",
    ],
    "submissions/audit/chain.py": [
        f"{SUBMISSIONS}/test_audit.py",
        f"{SUBMISSIONS}/test_sealing.py",
    ],
    "submissions/audit/facts.py": [
        f"{SUBMISSIONS}/test_audit.py",
        f"{SUBMISSIONS}/test_columns.py",
    ],
    "submissions/audit/retention.py": [
        f"{SUBMISSIONS}/test_audit_boundaries.py",
        f"{SUBMISSIONS}/test_file_retention.py",
        f"{SUBMISSIONS}/test_holds.py",
        f"{SUBMISSIONS}/test_pruning.py",
        f"{SUBMISSIONS}/test_retention.py",
        f"{SUBMISSIONS}/test_share_links.py",
    ],
    "submissions/audit/verification.py": [
        f"{SUBMISSIONS}/test_audit.py",
        f"{SUBMISSIONS}/test_audit_boundaries.py",
        f"{SUBMISSIONS}/test_erasure.py",
        f"{SUBMISSIONS}/test_file_retention.py",
        f"{SUBMISSIONS}/test_pruning.py",
        f"{SUBMISSIONS}/test_retention.py",
    ],
    "submissions/lifecycle/queue.py": [
        f"{SUBMISSIONS}/test_queue.py",
        f"{SUBMISSIONS}/test_recovery.py",
    ],
    "submissions/lifecycle/storage.py": [f"{SUBMISSIONS}/test_storage.py"],
    "submissions/pages/runs/differences.py": [
        f"{SUBMISSIONS}/test_comparison.py",
        f"{SUBMISSIONS}/test_shown.py",
    ],
    "submissions/quotas/cache.py": [f"{SUBMISSIONS}/test_ratelimits.py"],
    "submissions/quotas/counting.py": [
        f"{SUBMISSIONS}/test_ratelimits.py",
        f"{SUBMISSIONS}/test_storage.py",
    ],
    "submissions/quotas/rates.py": [f"{SUBMISSIONS}/test_ratelimits.py"],
    "submissions/sharing/links.py": [f"{SUBMISSIONS}/test_share_links.py"],
    "submissions/webhooks/egress.py": [f"{SUBMISSIONS}/test_egress.py"],
    "submissions/webhooks/signing.py": [f"{SUBMISSIONS}/test_webhook_secrets.py"],
}
"""Each with its tests. Those that need an engine are left out, and so is what only these can test.
spec.py, for example, is data: tests/security/test_sabotage.py takes it away layer by layer."""
