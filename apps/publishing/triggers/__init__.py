"""What starts a published app's runs without anybody asking: web requests and the clock."""
