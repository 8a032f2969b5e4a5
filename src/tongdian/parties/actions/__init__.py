"""What is done to organisations, people and customers: one verb each, recorded in the audit log.

organisations.create_organisation(viewer=…, kind="campus", name="雁山校区", …)
people.make_account(viewer=…, username="li", name="李敏", role="clerk", organisation=…, …)
customers.enter_customer(viewer=…, organisation=…, name="王小明", identity="4503…", …)
"""
