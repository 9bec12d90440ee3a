"""Write the demo company as a Salesforce data export: a folder with one CSV file for each object."""

import csv
from collections.abc import Callable
from pathlib import Path

from . import rows, rows_planning
from .rows import Rows
from .world import World

FILES: dict[str, tuple[str, Callable[[World], Rows]]] = {
    "User": ("Id,Name,Email,IsActive,ManagerId,UserRole,Team__c,CreatedDate", rows.users),
    "UserHistory": ("Id,UserId,Field,OldValue,NewValue,CreatedDate,CreatedById", rows.user_history),
    "Account": (
        "Id,Name,Industry,BillingCountry,Segment__c,NumberOfEmployees,AnnualRevenue,OwnerId,ParentId,CreatedDate,Website",
        rows.accounts,
    ),
    "Contact": ("Id,AccountId,FirstName,LastName,Email,Phone,Title,CreatedDate", rows.contacts),
    "Lead": (
        "Id,FirstName,LastName,Company,Email,Status,LeadSource,OwnerId,CreatedDate,IsConverted,ConvertedDate,"
        "ConvertedOpportunityId,ConvertedAccountId,ConvertedContactId",
        rows.leads,
    ),
    "Opportunity": (
        "Id,Name,AccountId,OwnerId,Type,StageName,Amount,CurrencyIsoCode,CreatedDate,Qualified_Date__c,CloseDate,"
        "ForecastCategoryName,NextStep,LastActivityDate,LeadSource,CampaignId,Loss_Reason__c,Competitor__c,Segment__c,"
        "Term_Months__c,Amount_Meaning__c,IsDeleted,IsClosed,IsWon",
        rows.opportunities,
    ),
    "OpportunityHistory": (
        "Id,OpportunityId,StageName,Amount,CloseDate,ForecastCategory,CreatedDate,CreatedById",
        rows.opportunity_history,
    ),
    "OpportunityFieldHistory": (
        "Id,OpportunityId,Field,OldValue,NewValue,CreatedDate,CreatedById",
        rows.opportunity_field_history,
    ),
    "OpportunityContactRole": ("Id,OpportunityId,ContactId,Role,IsPrimary,CreatedDate", rows.contact_roles),
    "OpportunityLineItem": ("Id,OpportunityId,Product2Id,Quantity,UnitPrice,TotalPrice", rows.line_items),
    "OpportunitySplit": ("OpportunityId,SplitOwnerId,SplitPercentage", rows.splits),
    "Product2": ("Id,Name,Family,ListPrice,CurrencyIsoCode", rows.products),
    "Campaign": ("Id,Name,Type,Channel__c,StartDate,EndDate,BudgetedCost,ActualCost", rows.campaigns),
    "CampaignMember": ("Id,CampaignId,LeadId,ContactId,Status,CreatedDate", rows.campaign_members),
    "Task": (
        "Id,WhoId,WhatId,OwnerId,Type,Subject,Status,ActivityDate,DurationInMinutes,IsAutomated__c,CreatedDate",
        rows.tasks,
    ),
    "Event": (
        "Id,WhoId,WhatId,OwnerId,Type,Subject,Status,ActivityDateTime,DurationInMinutes,IsAutomated__c,CreatedDate",
        rows.events,
    ),
    "DatedConversionRate": ("IsoCode,ConversionRate,StartDate,NextStartDate", rows.conversion_rates),
    "quotas": ("rep,user_id,month,quota,currency", rows_planning.quotas),
    "plan": ("month,new_business,expansion,renewal,currency", rows_planning.plan),
    "forecast_calls": ("user_id,call_date,period,category,amount,currency", rows_planning.forecast_calls),
    "spend": ("month,channel,amount,currency", rows_planning.spend),
    "subscriptions": (
        "subscription_id,account_id,opportunity_id,product_id,start_date,end_date,mrr,currency,status",
        rows_planning.subscriptions,
    ),
}


def emit(world: World, folder: Path) -> list[Path]:
    """Write every file of the export into a folder, made if it is missing, and say which they are."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, (header, draw) in FILES.items():
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header.split(","))
            writer.writerows(draw(world))
        paths.append(path)
    return paths
