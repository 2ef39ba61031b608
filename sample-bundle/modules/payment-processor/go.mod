module online-shop/payment-processor

go 1.21
