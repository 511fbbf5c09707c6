"""The advertiser's console: campaigns, the wizard, running a campaign, the balance."""

from django.urls import path

from rushi.web.views.console import balance, campaign, desk, wizard

urlpatterns = [
    path("console/", desk.campaigns, name="console"),
    path("console/organisations/<uuid:organisation_id>/use/", desk.use_organisation, name="use_organisation"),
    path("console/campaigns/new/", wizard.new, name="campaign_new"),
    path("console/campaigns/<uuid:campaign_id>/", campaign.overview, name="campaign"),
    path("console/campaigns/<uuid:campaign_id>/fund/", campaign.fund, name="campaign_fund"),
    path("console/campaigns/<uuid:campaign_id>/grow/", campaign.grow, name="campaign_grow"),
    path("console/campaigns/<uuid:campaign_id>/extend/", campaign.extend, name="campaign_extend"),
    path("console/campaigns/<uuid:campaign_id>/close/", campaign.close, name="campaign_close"),
    path("console/campaigns/<uuid:campaign_id>/delivery/", campaign.delivery, name="campaign_delivery"),
    path("console/campaigns/<uuid:campaign_id>/do/", campaign.do, name="campaign_do"),
    path("console/campaigns/<uuid:campaign_id>/edit/basics/", wizard.basics, name="edit_basics"),
    path("console/campaigns/<uuid:campaign_id>/edit/material/", wizard.material, name="edit_material"),
    path("console/campaigns/<uuid:campaign_id>/edit/material/<str:cut>/", wizard.clip, name="edit_clip"),
    path("console/campaigns/<uuid:campaign_id>/edit/questions/", wizard.questions, name="edit_questions"),
    path("console/campaigns/<uuid:campaign_id>/edit/audience/", wizard.audience, name="edit_audience"),
    path("console/campaigns/<uuid:campaign_id>/edit/audience/size/", wizard.audience_size, name="audience_size"),
    path("console/campaigns/<uuid:campaign_id>/edit/price/", wizard.price, name="edit_price"),
    path("console/campaigns/<uuid:campaign_id>/edit/price/quote/", wizard.quote, name="price_quote"),
    path("console/campaigns/<uuid:campaign_id>/edit/check/", wizard.check, name="edit_check"),
    path("console/balance/", balance.balance, name="balance"),
    path("console/balance/deposit/", balance.deposit, name="deposit"),
    path("console/balance/<uuid:deposit_id>/arrive/", balance.arrive, name="deposit_arrive"),
]
