"""Programs that measure this repository and its service. No part of the product, nor of the web image."""
