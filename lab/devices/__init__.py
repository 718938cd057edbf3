"""Devices of the lab that speak for themselves."""
