# The last victim is the reader: a teacher who looks at what a student has run, logged in and
# with all rights. If the page that shows this output took it for HTML, the script would run in
# the teacher's name.
print("<script>document.documentElement.dataset.attacked = 'yes'</script>")
print("<img src=x onerror=\"document.documentElement.dataset.attacked = 'yes'\">")
print('=HYPERLINK("http://attacker.example/", "for a spreadsheet")')
print("ATTEMPT run script in the reader's page: blocked (you read it as text)")
