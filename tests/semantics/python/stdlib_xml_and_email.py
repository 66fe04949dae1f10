import email.message
import xml.etree.ElementTree as ElementTree
from email.parser import Parser
from html.parser import HTMLParser
from xml.dom import minidom

root = ElementTree.fromstring("<shop><item id='1'>Pear &amp; fig</item><item id='2'/></shop>")
print([(item.get("id"), item.text) for item in root.iter("item")], ElementTree.tostring(root), root.find("item[@id='2']").tag)
print(minidom.parseString("<a><b>x</b></a>").toprettyxml(indent=" "))
message = email.message.EmailMessage()
message["Subject"], message["To"] = "Grüße", "ann@example.org"
message.set_content("Hello\n")
print(message.as_string(), Parser().parsestr("A: 1\n\nbody")["a"])


class Links(HTMLParser):
    def handle_starttag(self, tag, attributes):
        print(tag, attributes, self.getpos())


Links().feed("<p class=x><a href='/y'>z</a>")
ElementTree.fromstring("<a><b></a>")
