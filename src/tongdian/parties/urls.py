"""The addresses of organisations, people and customers."""

from django.urls import path

from tongdian.parties.pages import acting, customers, organisations, people, privacy

urlpatterns = [
    path("organisations/", organisations.organisations, name="organisations"),
    path("organisations/new/", organisations.new, name="organisation-new"),
    path("organisations/<uuid:organisation>/", organisations.organisation, name="organisation"),
    path("organisations/<uuid:organisation>/edit/", organisations.edit, name="organisation-edit"),
    path("organisations/<uuid:organisation>/move/", organisations.move, name="organisation-move"),
    path("organisations/<uuid:organisation>/close/", organisations.close, name="organisation-close"),
    path("organisations/<uuid:organisation>/adopt/", organisations.adopt, name="organisation-adopt"),
    path(
        "organisations/<uuid:organisation>/adoptions/<str:pack>/end/",
        organisations.end_adoption,
        name="organisation-end-adoption",
    ),
    path("people/", people.people, name="people"),
    path("people/new/", people.new, name="person-new"),
    path("people/<uuid:person>/", people.person, name="person"),
    path("people/<uuid:person>/edit/", people.edit, name="person-edit"),
    path("people/<uuid:person>/roles/new/", people.add_role, name="person-add-role"),
    path("people/roles/<uuid:role>/end/", people.end_role, name="person-end-role"),
    path("people/<uuid:person>/password/", people.reset_password, name="person-password"),
    path("people/<uuid:person>/close/", people.close, name="person-close"),
    path("people/<uuid:person>/stand-in/", acting.appoint, name="acting-appoint"),
    path("acting/", acting.acting, name="acting"),
    path("acting/<uuid:acting>/end/", acting.end, name="acting-end"),
    path("customers/", customers.customers, name="customers"),
    path("customers/export/", customers.export, name="customers-export"),
    path("customers/new/", customers.new, name="customer-new"),
    path("customers/<uuid:customer>/", customers.customer, name="customer"),
    path("customers/<uuid:customer>/edit/", customers.edit, name="customer-edit"),
    path("customers/<uuid:customer>/numbers/", customers.numbers, name="customer-numbers"),
    path("customers/<uuid:customer>/withdraw-consent/", privacy.withdraw, name="customer-withdraw-consent"),
    path("privacy/versions/", privacy.notices, name="privacy-notices"),
    path("privacy/versions/new/", privacy.publish, name="privacy-notice-publish"),
    path("customers/<uuid:customer>/erase/", customers.erase, name="customer-erase"),
]
