"""The pages of the flow. Their templates lie beside them."""
