"""The one door for every change: propose, decide, apply.

A rule or a person proposes a change request with reasons and old values, a person or a policy decides, applying makes
the effects, and the journal proves each step.

submit: a request comes in. decide: yes or no. withdraw: the proposer takes it back. undoing: the request that takes
another one back. waiting, told, similar: what pages read. still: may an approved line go out?
"""
