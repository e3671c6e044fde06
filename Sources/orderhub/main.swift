print("orderhub")
