"""What phones, gateways and other systems send us: read, checked, authorised, and written before it is answered."""
