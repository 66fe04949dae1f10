"""Pagination of the lists."""

from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    """?page=2&page_size=50"""

    page_size = 25
    max_page_size = 100
    page_size_query_param = "page_size"
    invalid_page_message = "There is no page {page_number}."
