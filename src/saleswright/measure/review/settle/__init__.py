"""Why does somebody else's spreadsheet say another number?"""
