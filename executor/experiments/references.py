"""Finds the pages of the references: weaknesses (CWE), techniques (ATT&CK), vulnerabilities (CVE)."""


def address_of(reference: str) -> str:
    """Return the address of a reference such as "CWE-835", "ATT&CK T1611" or "CVE-2019-5736"."""
    if reference.startswith("CWE-"):
        return f"https://cwe.mitre.org/data/definitions/{reference.removeprefix('CWE-')}.html"
    if reference.startswith("CVE-"):
        return f"https://www.cve.org/CVERecord?id={reference}"
    technique = reference.removeprefix("ATT&CK ").replace(".", "/")
    return f"https://attack.mitre.org/techniques/{technique}/"
