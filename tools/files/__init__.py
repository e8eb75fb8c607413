"""Files under one root folder: reaching them safely, reading them as text, and the tools on them."""
