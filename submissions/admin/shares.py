"""The admin's view of share links, without the addresses that open them."""

from .read_only import ReadOnlyAdmin


class ShareLinkAdmin(ReadOnlyAdmin):
    """Links that are not revoked; the audit has the others. Those of a frozen account open nothing."""

    date_hierarchy = "created"
    list_display = ("created", "user", "submission", "expires", "named")
    list_filter = ("named",)
    list_select_related = ("user", "submission")
    search_fields = ("user__username", "submission__id")
    fields = ("user", "submission", "created", "expires", "named")
