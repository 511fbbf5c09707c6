"""The review desk: one case a screen, all its evidence, a decision with a reason, then the next."""

from django.urls import path

from rushi.web.views.review import campaigns, desk, organisations, work

urlpatterns = [
    path("review/", desk.overview, name="review"),
    path("review/campaigns/", campaigns.queue, name="review_campaigns"),
    path("review/campaigns/<uuid:campaign_id>/", campaigns.case, name="review_campaign"),
    path("review/organisations/", organisations.queue, name="review_organisations"),
    path("review/organisations/<uuid:organisation_id>/", organisations.case, name="review_organisation"),
    path("review/submissions/", work.submissions, name="review_submissions"),
    path("review/submissions/<uuid:assignment_id>/", work.submission, name="review_submission"),
    path("review/appeals/", work.appeals, name="review_appeals"),
    path("review/appeals/<uuid:assignment_id>/", work.appeal, name="review_appeal"),
    path("review/samples/", work.samples, name="review_samples"),
    path("review/samples/<int:item_id>/<uuid:assignment_id>/", work.sample, name="review_sample"),
    path("review/people/<uuid:user_id>/standing/", work.standing, name="review_standing"),
]
