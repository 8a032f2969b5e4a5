"""How Tongdian is put together and run: settings, addresses, the private database, the server."""
