"""Why was the target hit or missed? The gap between plan and actual, shared out to the cent among its causes."""
